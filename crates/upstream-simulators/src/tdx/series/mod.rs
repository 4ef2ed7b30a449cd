//! What the vendor has of one security: its days, and what is made of them.

mod days;
mod minutes;
mod moment;
mod periods;
mod security;

pub(super) use days::{Days, Plain};
pub(super) use minutes::{MINUTES, Minutes, end_of, sum};
pub(super) use moment::Moment;
pub(super) use periods::{Period, periods};
pub(super) use security::Security;
