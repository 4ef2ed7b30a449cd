//! From a payment to a profile that lives.
//!
//! ```text
//! expected ─► paid ─► sealed ─► registered ─► committed ─► delivered ─► awaiting_pairing ─► alive
//!               └─────────┴──────────┴─────────────┴── refunding ─► quarantined ◄───────────┘
//! ```
//!
//! | state | what was done |
//! |---|---|
//! | `paid` | the payment is noted, and what the order needs from pools is reserved, in one transaction |
//! | `sealed` | values of tokens are made and sealed under the order |
//! | `registered` | the gateway knows their digests, under ids made of the order's number |
//! | `committed` | files, `secrets.lock` and the owner's line are in git, in one commit that names the order |
//! | `delivered` | the host has the `.env` |
//!
//! Killed anywhere, the order goes on from its state, and finds what was done after it was noted last. What cannot go on is
//! parked: it says why, and is tried again. Who has paid for a product before gets more time, not a second profile.
//!
//! Whose time is over, and some days of grace with it, is suspended: tokens revoked, jobs off, files, owner and bot kept.
//! The next payment brings everything back with new tokens.
//!
//! ```text
//! provisioning ─► live ─► suspending ─► suspended
//!        ▲                    │ paid        │ paid
//!        └───── resuming ◄────┘             │
//!        └──────────────────────────────────┘
//! ```

mod accept;
mod acknowledge;
mod alerts;
mod ask;
mod catalog;
mod crash_point;
mod deliveries;
mod error;
mod halt;
mod measure;
mod order;
pub(crate) mod order_book;
mod origins;
mod outbox;
mod pools;
mod problem;
mod product;
mod profile_name;
mod provisioner;
mod refund;
mod steps;
mod suspend;
mod worker;

pub use accept::{Announcement, News, Receipt};
pub use acknowledge::AcknowledgeRefused;
pub(crate) use acknowledge::seen;
pub use alerts::{ALERT_KINDS, Alerts};
pub use ask::Asking;
pub(crate) use ask::receipt;
pub use catalog::Catalog;
pub use crash_point::CRASH_POINTS;
pub(crate) use deliveries::Delivery;
pub use error::ProvisionError;
pub use order::{Order, OrderState, Parked, is_order_number};
pub(crate) use origins::Origin;
pub use pools::PoolStatus;
pub(crate) use problem::{problem, refused};
pub use product::{Channel, From, Need, Product, ProductOptions};
pub use provisioner::{Parts, Provisioner};
pub use refund::{MoneyBack, Refunded};

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::world as testing;
