//! Claims, transfers and logins: what waits for somebody's proof.
//!
//! An operation is asked for, then proved by whom it concerns, then carried out (which is git's part), then told to whoever
//! asked, who polls with a secret of their own. Each step is a transaction of the books; after a crash what was proved is
//! carried out again, which changes nothing where it was carried out already.

mod begin;
mod carry_out;
mod collect;
mod handle;
mod operation;
mod prove;
mod resolve;

pub use begin::Begun;
pub use carry_out::OPERATION_IN_GIT;
pub(crate) use carry_out::{NotCarriedOut, carry_out, keep, sweep};
pub use collect::Collected;
pub use handle::Operations;
pub use operation::{Kind, Operation, OperationId, OperationRefused, State};
pub use prove::Side;
