//! What is shipped for deployment, read as those programs read it that use it: compose files, images, launchd, systemd.
//!
//! No engine is needed. Where docker, systemd-analyze or python3 are there, they are asked too.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod compose;
mod configuration;
mod files;
mod gateway_alone;
mod health;
mod images;
mod launchd;
mod model;
mod operators_files;
mod shell;
mod systemd;
