//! A Tushare Pro server over a [`Market`](crate::Market), exact on the wire.
//!
//! One file per api under `api`; everything that can go wrong is a [`Fault`].

mod api;
mod calls;
mod control;
mod damage;
mod envelope;
mod faults;
mod limits;
mod live;
mod options;
mod publication;
mod refusal;
mod request;
mod respond;
mod server;
mod table;
mod view;

pub use calls::{Call, Calls};
pub use damage::{CellDamage, Damage};
pub use faults::{Fault, FaultRule, TushareFaults};
pub use limits::{ApiLimits, RateLimits};
pub use options::TushareOptions;
pub use publication::Publication;
pub use refusal::Refusal;
pub use server::TushareServer;

pub(crate) use live::partial as partial_bar;
