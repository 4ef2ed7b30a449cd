//! What of a profile depends on the machine: put in when it is laid out there, taken out before it goes back.
//!
//! * Hermes reads `AGENTS.md` in its working directory and not in the profile, so a copy stands in `workspace/`, and
//!   `terminal.cwd` names that folder by its absolute path.
//! * Every host that has a job enabled fires it, so jobs are enabled only on the host that serves the profile.

use super::Files;
use crate::{
    json, merge,
    yaml::{self, Map, Node, Unwritable},
};

const CONFIG: &str = "config.yaml";
const JOBS: &str = "cron/jobs.json";
const SOURCE: &str = "AGENTS.md";
const COPY: &str = "workspace/AGENTS.md";
const CWD: [&str; 2] = ["terminal", "cwd"];

/// The machine a profile is laid out on.
#[derive(Clone, Copy, Debug)]
pub struct Host<'a> {
    /// The profile's folder there, an absolute path without a slash at its end.
    pub profile_dir: &'a str,
    /// Whether this host runs the profile's bot and its jobs.
    pub serving: bool,
}

/// Why a profile cannot be laid out, or taken back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// A configuration that is none of ours.
    #[error("config.yaml: {0}")]
    Config(#[from] Unwritable),
    /// A broken file of jobs.
    #[error("cron/jobs.json: {0}")]
    Jobs(String),
}

impl Host<'_> {
    fn workspace(&self) -> String {
        format!("{}/workspace", self.profile_dir)
    }
}

/// The files of a profile in git as they stand on a host.
///
/// # Errors
/// [`HostError`] for a file that cannot be read strictly.
pub fn for_host(files: &Files, host: Host<'_>) -> Result<Files, HostError> {
    let mut laid_out = files.clone();
    if let Some(agents) = files.get(SOURCE) {
        laid_out.insert(COPY.to_owned(), agents.clone());
        // A folder that somebody named stays: their work is in it.
        if let Some(config) = files.get(CONFIG).filter(|config| !names_cwd(config)) {
            let written = with_cwd(config, Some(Node::text(host.workspace())))?;
            laid_out.insert(CONFIG.to_owned(), written);
        }
    }
    if let Some(jobs) = files.get(JOBS).filter(|_| !host.serving) {
        laid_out.insert(JOBS.to_owned(), edit_jobs(jobs, |job, _| job.set("enabled", Node::bool(false)))?);
    }
    Ok(laid_out)
}

/// The files of a profile on a host as they belong into git, given what git has.
///
/// What [`for_host`] put in is taken out; what nobody changed comes back byte for byte.
///
/// # Errors
/// [`HostError`] for a file that cannot be read strictly.
pub fn from_host(local: &Files, committed: &Files, host: Host<'_>) -> Result<Files, HostError> {
    let laid_out = for_host(committed, host)?;
    let mut files = Files::new();
    for (path, bytes) in local.iter().filter(|(path, _)| *path != COPY) {
        let unchanged = laid_out.get(path) == Some(bytes);
        let content = match (committed.get(path).filter(|_| unchanged), path.as_str()) {
            (Some(committed), _) => committed.clone(),
            (None, CONFIG) => config_from_host(bytes, committed.get(CONFIG), host)?,
            (None, JOBS) => jobs_from_host(bytes, committed.get(JOBS), host)?,
            (None, _) => bytes.clone(),
        };
        files.insert(path.clone(), content);
    }
    // The agent and its operator edit what Hermes reads; an edit of the source itself is the stronger word.
    let (source, copy) = (local.get(SOURCE), local.get(COPY));
    if let Some(copy) =
        copy.filter(|copy| source == committed.get(SOURCE) && source.is_some_and(|source| source != *copy))
    {
        files.insert(SOURCE.to_owned(), copy.clone());
    }
    Ok(files)
}

fn text(bytes: &[u8]) -> Result<&str, HostError> {
    std::str::from_utf8(bytes).map_err(|_| HostError::Config(Unwritable::Unfaithful))
}

fn names_cwd(config: &[u8]) -> bool {
    let parsed = text(config).ok().and_then(|config| yaml::parse(config).ok());
    parsed.is_some_and(|config| config.at(&CWD).is_some())
}

fn with_cwd(config: &[u8], cwd: Option<Node>) -> Result<Vec<u8>, HostError> {
    let config = text(config)?;
    let mut wanted = yaml::parse(config).map_err(Unwritable::from)?;
    match cwd {
        Some(cwd) => wanted.put(&CWD, cwd),
        None => {
            wanted.take(&CWD);
        }
    }
    Ok(yaml::rewrite(config, &wanted)?.into_bytes())
}

fn config_from_host(local: &[u8], committed: Option<&Vec<u8>>, host: Host<'_>) -> Result<Vec<u8>, HostError> {
    let read = |bytes: &[u8]| -> Result<Node, HostError> { Ok(yaml::parse(text(bytes)?).map_err(Unwritable::from)?) };
    let now = read(local)?;
    if now.at(&CWD).and_then(Node::as_text) != Some(&host.workspace()) {
        return Ok(local.to_vec());
    }
    let before = committed.map(|bytes| read(bytes)).transpose()?;
    let had_terminal = before.as_ref().is_some_and(|before| before.at(&CWD[..1]).is_some());
    let stripped = with_cwd(local, before.as_ref().and_then(|before| before.at(&CWD)).cloned())?;
    let mut left = read(&stripped)?;
    let empty = left.at(&CWD[..1]).and_then(Node::as_map).is_some_and(Map::is_empty);
    if !empty || had_terminal {
        return Ok(stripped);
    }
    left.take(&CWD[..1]);
    Ok(yaml::rewrite(text(&stripped)?, &left)?.into_bytes())
}

fn jobs_from_host(local: &[u8], committed: Option<&Vec<u8>>, host: Host<'_>) -> Result<Vec<u8>, HostError> {
    let before =
        committed.map(|bytes| json::parse(bytes)).transpose().map_err(|error| HostError::Jobs(error.to_string()))?;
    let known = before.as_ref().and_then(|before| before.at(&["jobs"])).and_then(Node::as_list).unwrap_or_default();
    let restored = edit_jobs(local, |job, id| {
        let same = known.iter().find(|known| known.at(&["id"]) == id);
        match same.filter(|_| !host.serving).map(|known| known.at(&["enabled"])) {
            Some(Some(enabled)) => job.set("enabled", enabled.clone()),
            // Hermes takes a job that says nothing for an enabled one.
            Some(None) => drop(job.remove("enabled")),
            None => {}
        }
    })?;
    let authored = merge::authored(&restored).map_err(HostError::Jobs)?;
    // The same jobs in another layout are no change.
    match committed {
        Some(committed) if merge::same_jobs(committed, &authored) => Ok(committed.clone()),
        _ => Ok(authored),
    }
}

fn edit_jobs(bytes: &[u8], edit: impl Fn(&mut Map, Option<&Node>)) -> Result<Vec<u8>, HostError> {
    let mut file = json::parse(bytes).map_err(|error| HostError::Jobs(error.to_string()))?;
    if let Some(Node::List(jobs)) = file.as_map_mut().and_then(|file| file.get_mut("jobs")) {
        for job in jobs.iter_mut().filter_map(Node::as_map_mut) {
            let id = job.get("id").cloned();
            edit(job, id.as_ref());
        }
    }
    Ok(json::emit(&file).into_bytes())
}
