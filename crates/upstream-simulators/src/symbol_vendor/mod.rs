//! What the vendors that are asked symbol by symbol have in common: faults per symbol, a log of calls, `/_sim/*`.

mod calls;
mod control;
mod faults;

pub use calls::{SymbolCall, SymbolCalls};
pub use faults::{SymbolFaultRule, SymbolFaults};

pub(crate) use control::router as control_router;
