//! What the operators' pages are looked at over: gateway, warehouse and registry as their own binaries, filled with what an
//! operator finds in the morning, and a browser that goes through their pages.

mod crawl;
mod data;
mod gateway;
mod operator;
mod registry;
mod scale;
mod world;

pub use crawl::crawl;
pub use data::DataSite;
pub use gateway::{GatewaySite, MODEL};
pub use operator::Operator;
pub use registry::{OPERATOR_TOKEN, RegistrySite};
pub use scale::Scale;
pub use world::World;
