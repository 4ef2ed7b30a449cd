//! The store through its public face, on real repositories and with stock git.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attacks;
mod backup;
mod bad_objects;
mod commits;
mod doors;
mod foreign;
mod history;
mod kills;
mod merges;
mod scale;
mod support;
mod views;
mod work;
