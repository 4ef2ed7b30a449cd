//! YAML as a Hermes profile uses it: read strictly, compared by value, rewritten with its comments kept.
//!
//! Two parsers are at work on purpose. [`parse`] judges: it refuses whatever PyYAML (which Hermes reads with) and a
//! YAML 1.2 reader could understand differently. [`rewrite`] edits the text through a lossless tree and is believed
//! only if [`parse`] reads exactly the wanted values back out of what it wrote.

mod emit;
mod node;
mod rewrite;
mod scalar;
mod strict;

pub use emit::{block, quoted};
pub(crate) use node::{ENTRIES_MAX, ITEMS_MAX};
pub use node::{Map, Node};
pub use rewrite::{Unwritable, rewrite};
pub use scalar::{Scalar, Style, Value};
pub use strict::{Refused, comments, parse};

#[cfg(test)]
mod tests;
