//! Whose API it is: paths, and how each refusal looks.

mod dash_scope;
mod endpoint;
mod new_api;
mod open_ai;
mod silicon_flow;
mod vendor;

pub use endpoint::LlmEndpoint;
pub use vendor::LlmDialect;
