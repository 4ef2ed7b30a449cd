//! Business ids, and the task names under which apalis knows the attempts of a job.
//!
//! Job `x` is the task `j:x`; its retries are `j:x~1`, `j:x~2`, … The prefix keeps apalis from reading an id as a number, ULID or
//! UUID and giving back a different spelling, after which it cannot find its own task.

use crate::QueueError;

const PREFIX: &str = "j:";
const LONGEST: usize = 200;

/// The task of a job's first attempt.
pub(crate) fn root_of(id: &str) -> String {
    format!("{PREFIX}{id}")
}

/// The id an operator knows, from the first attempt's task. Tasks of foreign producers have no prefix and are their own id.
pub(crate) fn id_of(root: &str) -> &str {
    root.strip_prefix(PREFIX).unwrap_or(root)
}

/// First attempt's task and retry number of any task.
pub(crate) fn split(task: &str) -> (&str, u32) {
    match task.rsplit_once('~') {
        Some((root, digits)) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse().map_or((task, 0), |number| (root, number))
        }
        _ => (task, 0),
    }
}

pub(crate) fn check_id(id: &str) -> Result<(), QueueError> {
    let invalid = |reason| Err(QueueError::InvalidName { what: "job id", value: id.to_owned(), reason });
    if !is_plain(id) {
        return invalid("1 to 200 printable ASCII characters without blanks");
    }
    if split(id).0 != id {
        return invalid("must not end in ~ and a number, which marks a retry");
    }
    Ok(())
}

pub(crate) fn check_key(key: &str) -> Result<(), QueueError> {
    if is_plain(key) {
        return Ok(());
    }
    let reason = "1 to 200 printable ASCII characters without blanks";
    Err(QueueError::InvalidName { what: "coalescing key", value: key.to_owned(), reason })
}

pub(crate) fn check_queue(name: &str) -> Result<(), QueueError> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b':';
    if !name.is_empty() && name.len() <= 60 && name.bytes().all(plain) {
        return Ok(());
    }
    let reason = "1 to 60 of a-z, 0-9, - and :";
    Err(QueueError::InvalidName { what: "queue name", value: name.to_owned(), reason })
}

fn is_plain(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_is_split_into_its_first_task_and_number() {
        assert_eq!(split("j:daily@2026-11-20~3"), ("j:daily@2026-11-20", 3));
        assert_eq!(split("j:daily@2026-11-20"), ("j:daily@2026-11-20", 0));
        assert_eq!(split("j:a~b"), ("j:a~b", 0));
        assert_eq!(split("j:a~"), ("j:a~", 0));
        assert_eq!(split("j:a~99999999999"), ("j:a~99999999999", 0));
    }

    #[test]
    fn ids_that_redis_or_a_retry_would_confuse_are_refused() {
        for id in ["", "a b", "a\n", "日线", "a~1", &"x".repeat(201)] {
            assert!(check_id(id).is_err(), "{id:?}");
        }
        for id in ["a", "daily@2026-11-20T18:30:00+08:00", "00123", "daily@2026-11-20#5f3a", "a~b"] {
            assert!(check_id(id).is_ok(), "{id:?}");
        }
    }

    #[test]
    fn queue_names_are_lower_case_words() {
        assert!(check_queue("warehouse-write").is_ok());
        assert!(check_queue("Ingest").is_err() && check_queue("").is_err() && check_queue("a{b}").is_err());
    }
}
