//! What is written down about a request.

mod audit_entry;
mod charge;
mod decision;
mod request_row;

pub use audit_entry::AuditEntry;
pub use charge::Charge;
pub use decision::{AttemptRecord, Considered};
pub use request_row::RequestRow;
