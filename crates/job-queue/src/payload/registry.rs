//! Jobs of the queue `provision`, run by `profile-registry`.

use serde::{Deserialize, Serialize};

use super::envelope::versioned;

const VERSION: u64 = 1;

/// What profile-registry can be asked to do.
///
/// `{"version":1,"job":"provision_profile","order":"TW2026-0001"}`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", tag = "job", rename_all = "snake_case", deny_unknown_fields)]
pub enum RegistryJob {
    /// Move an order on as far as it goes, whatever it waits for.
    ProvisionProfile {
        /// The order's number, `out_trade_no`.
        order: String,
    },
    /// Suspend now every profile whose paid time and grace are over; the registry does so by itself every few seconds.
    SuspendLapsed {},
}

impl RegistryJob {
    /// The value of `job`, also the beginning of the job's id.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ProvisionProfile { .. } => "provision_profile",
            Self::SuspendLapsed {} => "suspend_lapsed",
        }
    }
}

versioned!(RegistryJob, "RegistryJob", VERSION);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_form_is_what_an_operator_types() {
        let job = RegistryJob::ProvisionProfile { order: "TW2026-0001".to_owned() };
        let text = r#"{"version":1,"job":"provision_profile","order":"TW2026-0001"}"#;
        assert_eq!(serde_json::to_string(&job).unwrap(), text);
        assert_eq!(serde_json::from_str::<RegistryJob>(text).unwrap(), job);
        assert!(text.contains(&format!("\"{}\"", job.name())));
        let text = r#"{"version":1,"job":"suspend_lapsed"}"#;
        assert_eq!(serde_json::to_string(&RegistryJob::SuspendLapsed {}).unwrap(), text);
        for text in [
            r#"{"job":"provision_profile","order":"TW2026-0001"}"#,
            r#"{"version":2,"job":"provision_profile","order":"TW2026-0001"}"#,
            r#"{"version":1,"job":"provision_profile","order":"TW2026-0001","now":true}"#,
            r#"{"version":1,"job":"provision_profile"}"#,
            r#"{"version":1,"job":"suspend_lapsed","order":"TW2026-0001"}"#,
        ] {
            assert!(serde_json::from_str::<RegistryJob>(text).is_err(), "{text}");
        }
    }
}
