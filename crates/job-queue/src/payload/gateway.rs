//! Jobs of the queue `gateway`, run by `gateway-proxy`.

use serde::{Deserialize, Serialize};

use super::envelope::versioned;

const VERSION: u64 = 1;

/// What gateway-proxy can be asked to do.
///
/// `{"version":1,"job":"probe_channel","channel":"silicon-1"}`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", tag = "job", rename_all = "snake_case", deny_unknown_fields)]
pub enum GatewayJob {
    /// Ask a channel for a sign of life, and let it back into service if it rested.
    ProbeChannel {
        /// The channel's name.
        channel: String,
    },
    /// Read the price table's file again.
    ReloadPrices {},
    /// Compare what the accounts say they hold with what our own books say was spent.
    ReconcileBalances {},
}

impl GatewayJob {
    /// The value of `job`, also the beginning of the job's id.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ProbeChannel { .. } => "probe_channel",
            Self::ReloadPrices {} => "reload_prices",
            Self::ReconcileBalances {} => "reconcile_balances",
        }
    }
}

versioned!(GatewayJob, "GatewayJob", VERSION);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_form_is_what_an_operator_types() {
        for (job, text) in [
            (
                GatewayJob::ProbeChannel { channel: "silicon-1".to_owned() },
                r#"{"version":1,"job":"probe_channel","channel":"silicon-1"}"#,
            ),
            (GatewayJob::ReloadPrices {}, r#"{"version":1,"job":"reload_prices"}"#),
            (GatewayJob::ReconcileBalances {}, r#"{"version":1,"job":"reconcile_balances"}"#),
        ] {
            assert_eq!(serde_json::to_string(&job).unwrap(), text);
            assert_eq!(serde_json::from_str::<GatewayJob>(text).unwrap(), job);
            assert!(text.contains(&format!("\"{}\"", job.name())));
        }
        for text in [
            r#"{"job":"reload_prices"}"#,
            r#"{"version":2,"job":"reload_prices"}"#,
            r#"{"version":1,"job":"reload_prices","now":true}"#,
            r#"{"version":1,"job":"probe_channel"}"#,
        ] {
            assert!(serde_json::from_str::<GatewayJob>(text).is_err(), "{text}");
        }
    }
}
