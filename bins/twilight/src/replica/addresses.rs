//! Who takes part, in words.

/// This host's name, for the other side's messages.
pub(super) fn this_host() -> String {
    let said = std::process::Command::new("uname").arg("-n").output().map(|output| output.stdout).unwrap_or_default();
    // It goes into messages and files of another host.
    String::from_utf8_lossy(&said)
        .chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || ".-_".contains(*letter))
        .take(64)
        .collect()
}

/// Who holds a lock, in the words of its message.
pub(super) fn holder(what: &str, now: chrono::DateTime<chrono::Utc>) -> String {
    let since = now.format("%Y-%m-%d %H:%M:%S");
    format!("a {what} (process {} on {}, since {since} UTC)", std::process::id(), this_host())
}
