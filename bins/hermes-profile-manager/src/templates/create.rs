//! A template of one's own, made of a profile that is here.

use profile_store::{
    json, secret_scan,
    template::{Files, Host, Template, from_host},
    yaml::{Map, Node},
};

use crate::failure::Failure;

const CONFIG: &str = "config.yaml";
const JOBS: &str = "cron/jobs.json";
const SCHEMA: &str = "secrets.schema.json";
const PROSE: &[&str] = &["SOUL.md", "AGENTS.md", "CLAUDE.md"];
const EMPTY_SCHEMA: &str = "{\n  \"type\": \"object\",\n  \"properties\": {}\n}\n";
/// What a job of a crontab has.
const FIELDS: &[&str] = &["id", "name", "prompt", "skills", "deliver", "enabled", "enabled_toolsets"];

/// A template, and what of the profile is not in it, with the reason.
pub(crate) struct Made {
    pub(crate) files: Files,
    pub(crate) left_out: Vec<(String, String)>,
}

/// Makes a template of a profile's files: settings, prose, skills and jobs. Values that shall differ from profile to profile
/// are made placeholders by hand afterwards.
///
/// # Errors
/// Where a file holds what looks like a secret, or the result is no template.
pub(crate) fn from_profile(local: &Files, host: Host<'_>) -> Result<Made, Failure> {
    let neutral = from_host(local, &Files::new(), host).map_err(|error| Failure::failed(error.to_string()))?;
    let mut made = Made { files: Files::new(), left_out: Vec::new() };
    for (path, bytes) in neutral {
        if let Some(found) = secret_scan::scan(&path, &bytes).first() {
            let what = format!("{path}: line {}: {}; no template may hold it", found.line, found.what);
            return Err(Failure::Undecided(what));
        }
        match path.as_str() {
            CONFIG => made.put("config.yaml.template", bytes),
            JOBS => made.jobs(&bytes)?,
            SCHEMA => made.put(SCHEMA, bytes),
            _ if PROSE.contains(&path.as_str()) || path.starts_with("skills/") => made.put(&path, bytes),
            _ => made.left_out.push((path, "no file of a template".to_owned())),
        }
    }
    if !made.files.contains_key(SCHEMA) {
        made.put(SCHEMA, EMPTY_SCHEMA.as_bytes().to_vec());
    }
    Template::read(&made.files).map_err(|error| Failure::Undecided(error.to_string()))?;
    Ok(made)
}

impl Made {
    fn put(&mut self, path: &str, bytes: Vec<u8>) {
        self.files.insert(path.to_owned(), bytes);
    }

    /// Jobs that a crontab can say; the others are left out.
    fn jobs(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let broken = |what: String| Failure::failed(format!("{JOBS}: {what}"));
        let file = json::parse(bytes).map_err(|error| broken(error.to_string()))?;
        let jobs = file.at(&["jobs"]).and_then(Node::as_list).unwrap_or_default();
        let mut said = Vec::new();
        for job in jobs.iter().filter_map(Node::as_map) {
            let id = job.get("id").and_then(Node::as_text).unwrap_or_default();
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            let schedule = job.get("schedule").and_then(|when| when.at(&["expr"])).and_then(Node::as_text);
            let (false, true, Some(schedule)) = (id.is_empty(), id.bytes().all(plain), schedule) else {
                let why = "a crontab has only ids of a-z, 0-9 and -, and schedules of cron".to_owned();
                self.left_out.push((format!("{JOBS}: {id}"), why));
                continue;
            };
            let mut entry = Map::default();
            for field in FIELDS {
                if let Some(value) = job.get(field).filter(|value| !is_empty(value)) {
                    entry.set(field, value.clone());
                }
            }
            entry.set("schedule", Node::text(schedule));
            said.push(Node::Map(entry));
        }
        let mut crontab = Map::default();
        crontab.set("jobs", Node::List(said));
        self.put("crontab.json", json::emit(&Node::Map(crontab)).into_bytes());
        Ok(())
    }
}

fn is_empty(node: &Node) -> bool {
    *node == Node::null() || node.as_list().is_some_and(<[Node]>::is_empty)
}
