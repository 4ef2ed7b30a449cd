mod faults;
mod gateway;
mod hosts;
mod kills;
mod life;
mod refunds;
mod secrecy;
pub(crate) mod world;
