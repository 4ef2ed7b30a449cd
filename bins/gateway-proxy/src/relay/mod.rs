//! What happens to a request on its way through.
//!
//! ```text
//! handle ─► intake ─► prepare ─► attempts ──grant──► exchange ─► answer ─┬─► document ──┬─► the caller
//!                                   ▲                                    └─► stream ────┘   (body)
//!                                   └──── refused, broken, nonsense ◄────┘
//! ```
//!
//! [`Call`] is the request and ends in exactly one record; an `Exchange` is one attempt and settles its reservation
//! exactly once; both also when they are dropped. The handler drives the upstream itself: on the ordinary path no task
//! is spawned, and what arrives is passed on as the bytes it arrived in.

mod answer;
mod attempts;
mod bodies;
mod body;
mod call;
mod charge;
mod document;
mod drain;
mod exchange;
mod handle;
mod head;
mod intake;
mod options;
mod outcome;
mod plain;
mod prepare;
mod reading;
mod stream;
mod tally;
#[cfg(test)]
mod tests;

pub(crate) use bodies::Bodies;
pub(crate) use call::Call;
pub(crate) use charge::Due;
pub(crate) use handle::relay;
pub(crate) use options::RelayOptions;
pub(crate) use outcome::{AttemptEnd, Outcome};
pub(crate) use plain::PlainRelay;
