//! Taking an existing Hermes home into the registry: what would change, before anything does.
//!
//! [`plan`] is pure. It finds the secrets in `config.yaml` and moves them into `.env`, points `model` at the gateway and
//! the web search at its front, and says what it leaves alone and what a person has to look at first. The default
//! home (`~/.hermes`) is planned the same way; it just never enters the registry.

mod config;
mod diff;
mod found;
mod moved;
mod plan;

pub use found::{Attention, MovedSecret, SecretValue};
pub use plan::{AdoptError, Options, Plan, Rewrite, plan};

#[cfg(test)]
mod tests;
