//! What routing needs of a request's body, and the few bytes that are changed.
//!
//! A body is read in one pass that checks it as JSON and measures its texts, without building it. What is changed is
//! spliced in: every other byte leaves as it came, in its order, spelling and spacing.

mod attachments;
mod bad_request;
mod fields;
mod measure;
mod peek;
mod rewrite;
#[cfg(test)]
mod tests;
mod walk;

pub use bad_request::BadRequest;
pub use peek::Peek;
pub use rewrite::{Rewrite, rewrite};
