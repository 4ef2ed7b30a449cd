//! Consistent copies of SQLite files while others write to them, and proof that a file is whole.
//!
//! It knows no table: whose file it is stands in the file's header ([`Owner`]). A copy is what one reader saw at one
//! moment, page by page, log included; a plain copy of the file beside its write-ahead log would be neither.

mod check;
mod copy;
mod error;
mod owner;

pub use check::{Checked, check};
pub use copy::{copy, copy_while_still};
pub use error::CopyError;
pub use owner::Owner;
