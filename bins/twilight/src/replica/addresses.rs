//! Who takes part, in words.

use crate::host_name::host_name;

/// This host's name, for the other side's messages.
pub(super) fn this_host() -> String {
    // It goes into messages and files of another host.
    host_name().chars().filter(|letter| letter.is_ascii_alphanumeric() || ".-_".contains(*letter)).take(64).collect()
}

/// Who holds a lock, in the words of its message.
pub(super) fn holder(what: &str, now: chrono::DateTime<chrono::Utc>) -> String {
    let since = now.format("%Y-%m-%d %H:%M:%S");
    format!("a {what} (process {} on {}, since {since} UTC)", std::process::id(), this_host())
}
