//! The gateway's decisions, without IO and without a clock: what a refusal means, which channel takes a request, when
//! a channel rests, what fits into limits and budgets, and who is served next.
//!
//! [`Router`] is all of it in one place; a daemon keeps one behind one lock. Money is [`Cny`] in nano-yuan, days are
//! [`Day`]s of Asia/Shanghai, and "now" is an argument ([`At`]).

mod ask;
mod backoff;
mod breaker;
pub mod budget;
mod channel;
mod cny;
mod day;
mod event;
mod grant;
mod growth;
mod lane;
mod lease;
mod lost;
mod minute;
mod now;
mod options;
mod pair;
mod parking;
pub mod price;
mod probe;
mod profiles;
mod queue;
mod refusal;
mod router;
mod smoothing;
mod spec;
mod status;
mod tick;
mod usage;
mod verdict;

pub use ask::Ask;
pub use cny::{Cny, CnyError};
pub use day::Day;
pub use event::{Change, Event, Feedback, Subject};
pub use grant::{Admission, Considered, Grant, Pumped, Reservation, Settled, Ticket};
pub use lease::{LeaseWant, Return, Returnable};
pub use lost::Lost;
pub use options::{BreakerOptions, ProfileCaps, RouterOptions, Strategy};
pub use price::{DefaultPrice, PriceError, PriceRow, PriceTable, Priced};
pub use probe::{ProbeDue, ProbeKind, ProbeOutcome};
pub use refusal::{Limit, LimitOf, Refusal, RefusalKind};
pub use router::Router;
pub use spec::{ChannelKey, ChannelSpec, GroupSpec, Growth, ModelOffer};
pub use status::{BudgetStatus, ChannelState, ChannelStatus, Gauge, ModelStatus};
pub use tick::{At, Tick};
pub use usage::Usage;
pub use verdict::{Meter, Verdict};
