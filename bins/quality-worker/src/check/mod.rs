//! What a check is made of: the rules over a generation's rows ([`scan`]), the clock's judgement ([`freshness`]), the writer's
//! own findings ([`open_log`]), how many of them are written down ([`bounded`]), and their way to the writer ([`parts`],
//! [`recorder`]).

mod bounded;
mod finding;
pub(crate) mod freshness;
mod judging;
pub(crate) mod open_log;
mod parts;
mod recorder;
pub(crate) mod scan;

pub(crate) use bounded::Bounded;
pub(crate) use finding::{example, group_key};
pub(crate) use judging::Judging;
pub(crate) use parts::Parts;
pub(crate) use recorder::{Recorder, Subject};
