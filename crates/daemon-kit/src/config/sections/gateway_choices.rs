//! `[gateway-proxy]`: the keys that choose between two ways.

use std::net::SocketAddr;

use super::super::{context::Context, error::ConfigError};

/// Whether the gateway governs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GatewayMode {
    /// Tokens, limits, budgets and books.
    Governed,
    /// A bare proxy, for measurements.
    Plain,
}

/// How channels of one priority take turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GatewayRouting {
    /// One after the other.
    RoundRobin,
    /// In proportion to their weights.
    Weighted,
}

/// What happens to the upstream's answer when the caller is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDisconnect {
    /// It is read on to its usage, within bounds.
    Drain,
    /// It is dropped.
    Cancel,
}

/// What a profile's daily cap does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileCapMode {
    /// A line in the log.
    Log,
    /// Requests over it are refused.
    Enforce,
}

impl GatewayMode {
    pub(super) fn resolve(context: &Context, value: &str, listen: SocketAddr) -> Result<Self, ConfigError> {
        let mode = choose(context, "mode", value, [("governed", Self::Governed), ("plain", Self::Plain)])?;
        if mode == Self::Plain && !listen.ip().is_loopback() {
            let problem = format!("\"plain\" serves everybody who reaches {listen}");
            return Err(context.bad("gateway-proxy.mode", problem, "\"governed\", or a loopback address in `listen`"));
        }
        Ok(mode)
    }
}

impl GatewayRouting {
    pub(super) fn resolve(context: &Context, value: &str) -> Result<Self, ConfigError> {
        choose(context, "routing", value, [("round-robin", Self::RoundRobin), ("weighted", Self::Weighted)])
    }
}

impl OnDisconnect {
    pub(super) fn resolve(context: &Context, value: &str) -> Result<Self, ConfigError> {
        choose(context, "on_disconnect", value, [("drain", Self::Drain), ("cancel", Self::Cancel)])
    }
}

impl ProfileCapMode {
    pub(super) fn resolve(context: &Context, value: &str) -> Result<Self, ConfigError> {
        choose(context, "profile_caps", value, [("log", Self::Log), ("enforce", Self::Enforce)])
    }
}

fn choose<T: Copy>(context: &Context, key: &str, value: &str, choices: [(&str, T); 2]) -> Result<T, ConfigError> {
    choices.iter().find(|(text, _)| *text == value).map(|(_, choice)| *choice).ok_or_else(|| {
        let allowed = choices.map(|(text, _)| text).join(", ");
        context.bad(&format!("gateway-proxy.{key}"), format!("{value:?} is no choice"), allowed)
    })
}
