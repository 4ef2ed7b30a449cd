//! What operators changed about channels, and channels that only the ledger knows.

mod overrides;
mod parked;
mod stored;

pub use overrides::{BudgetOverride, ChannelOverride};
pub use parked::Parked;
pub use stored::StoredChannel;
