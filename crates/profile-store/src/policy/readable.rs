//! Whether what was accepted can be read by what will read it: Hermes, the merge, the registry itself.

use crate::{
    allow_list::Kind, json, merge, secrets_lock::SecretsLock, secrets_schema::SecretsSchema, yaml, yaml::Node,
};

/// What is wrong with a file of this kind; never a value of it.
pub(super) fn problem_of(kind: Kind, name: &[u8], text: &str) -> Option<String> {
    match kind {
        Kind::Yaml => yaml::parse(text).err().map(|refused| refused.to_string()),
        Kind::JsonJobs => merge::authored(text.as_bytes()).err(),
        Kind::SecretsLock => SecretsLock::parse(text.as_bytes()).err().map(|broken| broken.to_string()),
        Kind::Json if name == b"secrets.schema.json" => {
            SecretsSchema::parse(text.as_bytes()).err().map(|broken| broken.to_string())
        }
        Kind::Json => match json::parse(text.as_bytes()) {
            Ok(Node::Map(_)) => None,
            Ok(_) => Some("the file is no object".to_owned()),
            Err(error) => Some(error.to_string()),
        },
        Kind::Ours | Kind::Opaque => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn problem(kind: Kind, name: &str, text: &str) -> Option<String> {
        problem_of(kind, name.as_bytes(), text)
    }

    #[test]
    fn what_not_every_reader_reads_has_a_problem_and_the_problem_has_no_value() {
        for (kind, name, text) in [
            (Kind::Yaml, "config.yaml", "a: hunter2\na: hunter2\n"),
            (Kind::Yaml, "config.yaml", "a: [hunter2\n"),
            (Kind::Yaml, "config.yaml", "- hunter2\n"),
            (Kind::Yaml, "config.yaml", "a: &x hunter2\nb: *x\n"),
            (Kind::JsonJobs, "jobs.json", "{\"jobs\": \"hunter2\"}"),
            (Kind::JsonJobs, "jobs.json", "{\"jobs\": [{\"name\": \"hunter2\"}]}"),
            (Kind::JsonJobs, "jobs.json", "{\"jobs\": []"),
            (Kind::SecretsLock, "secrets.lock", "{\"secrets\": {\"A\": \"hunter2\"}}"),
            (Kind::Json, "crontab.json", "[\"hunter2\"]"),
            (Kind::Json, "crontab.json", "{\"a\": \"hunter2\", \"a\": 1}"),
            (Kind::Json, "secrets.schema.json", "{\"type\": \"object\", \"default\": \"hunter2\"}"),
        ] {
            let problem = problem(kind, name, text).unwrap_or_else(|| panic!("{text}"));
            assert!(!problem.contains("hunter2"), "{problem}");
        }
        assert_eq!(problem(Kind::Yaml, "config.yaml", ""), None, "an empty file says nothing");
        assert_eq!(problem(Kind::JsonJobs, "jobs.json", "{\"jobs\": []}"), None);
        assert_eq!(problem(Kind::Ours, "SOUL.md", "a: [\n"), None);
    }

    #[test]
    fn the_largest_files_of_every_shape_are_read_in_no_time() {
        const BYTES: usize = 512 << 10;
        let filled = |piece: &str| piece.repeat(BYTES / piece.len());
        let numbered = |line: fn(usize) -> String| -> String { (0..BYTES / 10).map(line).collect() };
        let shapes = [
            filled("#\t\n"),
            filled("'\t': 1\n"),
            numbered(|number| format!("k{number}: 1\n")),
            format!("a:\n{}", filled("- 1\n")),
            format!("a: {}", filled("[")),
            format!("a: {}", filled("{a: ")),
            format!("a: \"{}\"\n", filled("\\t")),
            format!("a: |\n{}", filled(" \t\n")),
            filled("a\n"),
            filled("? a\n"),
        ];
        for shape in shapes {
            let (started, shown) = (now(), shape.chars().take(20).collect::<String>());
            for (kind, name) in [(Kind::Yaml, "config.yaml"), (Kind::JsonJobs, "jobs.json"), (Kind::Json, "x.json")] {
                drop(problem(kind, name, &shape));
            }
            assert!(started.elapsed() < Duration::from_secs(5), "{shown:?} took {:?}", started.elapsed());
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the wall's time is what is measured")]
    fn now() -> std::time::Instant {
        std::time::Instant::now()
    }
}
