//! What a key that may push may ask for. sshd hands the client's words over in `SSH_ORIGINAL_COMMAND`; nothing of them reaches
//! a shell, and no path in them is used.

use super::messages::{SESSION_COMMAND, STAGING_ARGUMENT};

/// What the client asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// A conversation.
    Session,
    /// rsync's receiving end, with these options; where it writes is not the client's to say.
    Rsync(Vec<String>),
}

/// Short options without a value: compress, ignore times, keep times; `e` starts the list of what the client can.
const SHORT: &str = "vtzI";
/// Long options without a value.
const LONG: [&str; 5] = ["--inplace", "--stats", "--partial", "--old-compress", "--new-compress"];
/// Long options with a number.
const NUMBERED: [&str; 3] = ["--timeout", "--bwlimit", "--compress-level"];
const CHOICES: [&str; 5] = [
    "--compress-choice=zstd",
    "--compress-choice=lz4",
    "--compress-choice=zlib",
    "--compress-choice=zlibx",
    "--compress-choice=none",
];

/// Reads the client's words.
///
/// # Errors
/// Says what is allowed.
pub(super) fn parse(command: &str) -> Result<Wish, String> {
    if command == SESSION_COMMAND {
        return Ok(Wish::Session);
    }
    let refused = || "this key may push to the replica and nothing else".to_owned();
    let words: Vec<&str> = command.split(' ').collect();
    let [program, "--server", options @ .., ".", target] = words.as_slice() else { return Err(refused()) };
    if *program != "rsync" || *target != STAGING_ARGUMENT {
        return Err(refused());
    }
    match options.iter().find(|option| !is_allowed(option)) {
        None => Ok(Wish::Rsync(options.iter().map(|&option| option.to_owned()).collect())),
        Some(option) => {
            Err(format!("{}: the option {:?} is not allowed", refused(), option.get(..60).unwrap_or(option)))
        }
    }
}

fn is_allowed(option: &str) -> bool {
    if let Some((name, value)) = option.split_once('=') {
        let is_number = !value.is_empty() && value.len() < 10 && value.bytes().all(|byte| byte.is_ascii_digit());
        return NUMBERED.contains(&name) && is_number || CHOICES.contains(&option);
    }
    if option.starts_with("--") {
        return LONG.contains(&option);
    }
    if let Some(size) = option.strip_prefix("-B") {
        return !size.is_empty() && size.len() < 10 && size.bytes().all(|byte| byte.is_ascii_digit());
    }
    let Some(letters) = option.strip_prefix('-') else { return false };
    // `-Ize.LsfxCIvu`: after the `e` comes what the client's version can, never a remote shell on this side.
    let (flags, abilities) = letters.split_once('e').unwrap_or((letters, "."));
    let plain = abilities.strip_prefix(|first: char| first == '.' || first.is_ascii_digit());
    !letters.is_empty()
        && flags.chars().all(|letter| SHORT.contains(letter))
        && plain.is_some_and(|rest| rest.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_and_our_own_rsync_pass() {
        assert_eq!(parse("twilight replica session"), Ok(Wish::Session));
        let sent = "rsync --server -Ize.LsfxCIvu --timeout=60 --bwlimit=200 --stats --inplace . staging/";
        let options = ["-Ize.LsfxCIvu", "--timeout=60", "--bwlimit=200", "--stats", "--inplace"].map(str::to_owned);
        assert_eq!(parse(sent), Ok(Wish::Rsync(options.to_vec())));
        // As version 3.1 says it.
        assert!(parse("rsync --server -Ize31.14.Lsfx -B1024 --timeout=60 --inplace . staging/").is_ok());
    }

    #[test]
    fn nothing_else_does() {
        for wish in [
            "",
            "sh",
            "id",
            "rsync",
            "rsync --server",
            "twilight replica session; id",
            "twilight replica session ",
            "rsync --server --sender -Ize.LsfxCIvu . staging/",
            "rsync --server -Ize.LsfxCIvu . /etc/",
            "rsync --server -Ize.LsfxCIvu . staging/../../",
            "rsync --server -Ize.LsfxCIvu . staging/ /etc/passwd",
            "rsync --server -Ize.LsfxCIvu . ~/",
            "rsync --server -Ize.LsfxCIvu . staging/;id",
            "rsync --server -Ize.LsfxCIvu . staging/\nid",
            "rsync --server -rIze.LsfxCIvu . staging/",
            "rsync --server -lIze.LsfxCIvu . staging/",
            "rsync --server -sIze.LsfxCIvu . staging/",
            "rsync --server -Ize.$(id) . staging/",
            "rsync --server -Iz -e sh . staging/",
            "rsync --server -Iesh . staging/",
            "rsync --server --delete -I . staging/",
            "rsync --server --remove-source-files -I . staging/",
            "rsync --server --log-file=/etc/x -I . staging/",
            "rsync --server --temp-dir=/etc -I . staging/",
            "rsync --server --backup-dir=/etc -I . staging/",
            "rsync --server --link-dest=/etc -I . staging/",
            "rsync --server --daemon . staging/",
            "rsync --server --timeout=x -I . staging/",
            "rsync --server --timeout= -I . staging/",
            "rsync --server - . staging/",
            "/usr/bin/rsync --server -I . staging/",
            "rsync  --server -I . staging/",
            "RSYNC --server -I . staging/",
        ] {
            assert!(parse(wish).is_err(), "{wish:?}");
        }
    }
}
