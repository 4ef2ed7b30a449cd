//! The `version` field around every payload.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// A payload that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PayloadError {
    /// Not a JSON object.
    #[error("the payload is not a JSON object")]
    NotAnObject,
    /// The version is missing or not a number.
    #[error("the payload has no \"version\"; this worker reads version {supported}")]
    NoVersion {
        /// What is understood here.
        supported: u64,
    },
    /// Written by a newer (or much older) program.
    #[error("the payload has version {found}; this worker reads version {supported}")]
    UnknownVersion {
        /// What was found.
        found: u64,
        /// What is understood here.
        supported: u64,
    },
    /// The rest does not have the shape of its version.
    #[error("{0}")]
    Shape(#[from] serde_json::Error),
}

/// Takes the version off and reads the rest.
pub(super) fn open<T: DeserializeOwned>(payload: Value, supported: u64) -> Result<T, PayloadError> {
    let Value::Object(mut fields) = payload else { return Err(PayloadError::NotAnObject) };
    match fields.remove("version").as_ref().and_then(Value::as_u64) {
        Some(version) if version == supported => Ok(serde_json::from_value(Value::Object(fields))?),
        Some(found) => Err(PayloadError::UnknownVersion { found, supported }),
        None => Err(PayloadError::NoVersion { supported }),
    }
}

/// The body with its version in front.
#[derive(Serialize)]
pub(super) struct Sealed<B> {
    pub(super) version: u64,
    #[serde(flatten)]
    pub(super) body: B,
}

/// Gives the payload `$job`, an enum with `#[serde(remote = "Self")]`, its wire form: the body with `"version":$version`.
/// `$path` is `$job` as serde takes it, in quotes.
macro_rules! versioned {
    ($job:ident, $path:literal, $version:expr) => {
        impl TryFrom<serde_json::Value> for $job {
            type Error = $crate::payload::envelope::PayloadError;

            fn try_from(payload: serde_json::Value) -> Result<Self, Self::Error> {
                $crate::payload::envelope::open::<Inner>(payload, $version).map(|Inner(job)| job)
            }
        }

        /// The payload without its version.
        #[derive(serde::Serialize, serde::Deserialize)]
        struct Inner(#[serde(with = $path)] $job);

        impl serde::Serialize for $job {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let body = Inner(self.clone());
                $crate::payload::envelope::Sealed { version: $version, body }.serialize(serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $job {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::try_from(serde_json::Value::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(super) use versioned;
