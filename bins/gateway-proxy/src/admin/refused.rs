//! What a change of a channel that was not made means for who wanted it.

use axum::http::StatusCode;
use daemon_kit::problem::Problem;

use super::{problem, shown};
use crate::channels::{ChangeError, Channels};

/// 404 that names the channels there are.
pub(crate) fn unknown_channel(channels: &Channels, name: &str) -> Problem {
    let detail = format!("there is no channel `{}`", shown(name));
    Problem::new(StatusCode::NOT_FOUND, "not-found", "There is no such channel", detail)
        .field("name")
        .allowed(channels.all().iter().map(|known| known.name.clone()))
}

/// The answer to a change that was not made.
pub(crate) fn refused(channels: &Channels, name: &str, error: ChangeError) -> Problem {
    let conflict = |kind, title, detail: String| Problem::new(StatusCode::CONFLICT, kind, title, detail);
    match error {
        ChangeError::Unknown => unknown_channel(channels, name),
        ChangeError::Unusable(unusable) => {
            let problem = Problem::invalid(unusable.field, unusable.problem);
            if unusable.allowed.is_empty() { problem } else { problem.allowed([unusable.allowed]) }
        }
        ChangeError::Configured => {
            let detail = format!("`{}` stands in the configuration: change it there", shown(name));
            conflict("configured", "The channel is configured", detail)
        }
        ChangeError::Taken => {
            let detail = format!("there is a channel `{}`; PUT replaces it", shown(name));
            conflict("conflict", "The name is taken", detail)
        }
        ChangeError::NoMasterKey => {
            let detail = "configure gateway-proxy.master_key: without it no key can be stored".to_owned();
            conflict("no-master-key", "Keys cannot be sealed", detail)
        }
        ChangeError::Books(error) => problem(error),
    }
}
