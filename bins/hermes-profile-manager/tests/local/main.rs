//! What needs no registry: homes that are taken in, and templates.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod adopt;
mod adopt_kills;
mod support;
mod templates;
mod words;
