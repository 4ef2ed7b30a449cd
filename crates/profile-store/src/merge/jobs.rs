//! `cron/jobs.json`: jobs by id, and only what a person writes into them.
//!
//! Hermes keeps the scheduler's state in the same file, or did (next run, last status, claims), and stamps the file on
//! every save. None of that is anybody's edit: it stays as it is on our side.

use super::{Conflict, Merged, Outcome, Side, tree::TreeMerge};
use crate::{
    json,
    yaml::{Map, Node, Scalar},
};

/// Fields of a job that a person or an agent writes; everything else is the scheduler's.
pub const AUTHORED_FIELDS: &[&str] = &[
    "id",
    "name",
    "prompt",
    "skills",
    "skill",
    "model",
    "provider",
    "base_url",
    "script",
    "no_agent",
    "monitor_script",
    "monitor_url",
    "context_from",
    "schedule",
    "schedule_display",
    "deliver",
    "origin",
    "enabled_toolsets",
    "workdir",
    "attach_to_session",
    "reasoning_effort",
    "failure_deliver",
    "enabled",
    "created_at",
    "repeat",
];

/// The file without the scheduler's state: what belongs into git. The same for every save of the same jobs.
pub fn authored(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let jobs = Jobs::read(bytes)?;
    let list = jobs.by_id.iter().map(|(_, job)| Node::Map(definition(job))).collect();
    let mut file = Map::default();
    file.set("jobs", Node::List(list));
    Ok(json::emit(&Node::Map(file)).into_bytes())
}

/// Whether two files have the same jobs in the same order, whatever the scheduler did to either. Not so where one is no file
/// of jobs.
pub fn same_jobs(one: &[u8], other: &[u8]) -> bool {
    let jobs = |bytes: &[u8]| authored(bytes).ok().and_then(|authored| json::parse(&authored).ok());
    jobs(one).is_some_and(|one| jobs(other).as_ref() == Some(&one))
}

/// The jobs of `wanted` as they stand on a machine whose file was `local`: the scheduler's state of each job, and of the
/// file, stays.
pub fn jobs_with_state(local: &[u8], wanted: &[u8]) -> Result<Vec<u8>, String> {
    let (local, wanted) = (Jobs::read(local)?, Jobs::read(wanted)?);
    let with_state = |(id, job): (&Scalar, &Node)| Node::Map(with_state(definition(job), local.by_id.find(id)));
    let jobs = wanted.by_id.iter().map(with_state).collect();
    let mut file = local.rest;
    file.set("jobs", Node::List(jobs));
    Ok(json::emit(&Node::Map(file)).into_bytes())
}

/// Merges by job and by field.
pub(super) fn merge(base: &[u8], ours: &[u8], theirs: &[u8], favoured: Option<Side>) -> Outcome {
    let read = |bytes: &[u8], side| Jobs::read(bytes).map_err(|problem| Outcome::unreadable(side, problem));
    let base = if base.is_empty() { Ok(Jobs::default()) } else { read(base, Side::Base) };
    let versions = base.and_then(|base| Ok((base, read(ours, Side::Ours)?, read(theirs, Side::Theirs)?)));
    let (base, ours, theirs) = match versions {
        Ok(versions) => versions,
        Err(unreadable) => return unreadable,
    };
    let mut conflicts: Vec<Conflict> = Vec::new();
    let mut jobs = Vec::new();
    let new = theirs.by_id.iter().filter(|(id, _)| ours.by_id.find(id).is_none());
    for (id, _) in ours.by_id.iter().chain(new) {
        let definition_of = |jobs: &Jobs| jobs.by_id.find(id).map(|job| Node::Map(definition(job)));
        let mut tree = TreeMerge::below(&["jobs", &id.display()], favoured);
        let merged =
            tree.node(definition_of(&base).as_ref(), definition_of(&ours).as_ref(), definition_of(&theirs).as_ref());
        conflicts.append(&mut tree.conflicts);
        if let Some(Node::Map(merged)) = merged {
            jobs.push(Node::Map(with_state(merged, ours.by_id.find(id))));
        }
    }
    if !conflicts.is_empty() {
        return Outcome::Conflicted(conflicts);
    }
    let mut file = ours.rest;
    file.set("jobs", Node::List(jobs));
    Outcome::Merged(Merged { content: Some(json::emit(&Node::Map(file)).into_bytes()), notes: Vec::new() })
}

/// What a person wrote of a job.
fn definition(job: &Node) -> Map {
    let mut authored = Map::default();
    let fields = job.as_map().into_iter().flat_map(Map::iter);
    for (key, value) in fields.filter(|(key, _)| AUTHORED_FIELDS.iter().any(|name| key.is_text(name))) {
        let value = if key.is_text("repeat") { repeat(value) } else { value.clone() };
        authored.insert(authored.len(), key.clone(), value);
    }
    authored
}

/// How often is written, how often it was is counted.
fn repeat(value: &Node) -> Node {
    let Some(map) = value.as_map() else { return value.clone() };
    let mut repeat = Map::default();
    repeat.set("times", map.get("times").cloned().unwrap_or_else(Node::null));
    repeat.set("completed", Node::int(0));
    Node::Map(repeat)
}

/// The merged definition in our job, whose state stays.
fn with_state(mut merged: Map, ours: Option<&Node>) -> Map {
    let Some(ours) = ours.and_then(Node::as_map) else { return merged };
    if let (Some(Node::Map(repeat)), Some(completed)) =
        (merged.get_mut("repeat"), ours.get("repeat").and_then(|repeat| repeat.at(&["completed"])))
    {
        repeat.set("completed", completed.clone());
    }
    let mut job = Map::default();
    for (key, value) in ours.iter() {
        let is_state = !AUTHORED_FIELDS.iter().any(|name| key.is_text(name));
        if let Some(value) = if is_state { Some(value) } else { merged.find(key) } {
            job.insert(job.len(), key.clone(), value.clone());
        }
    }
    for (key, value) in merged.iter().filter(|(key, _)| ours.find(key).is_none()) {
        job.insert(job.len(), key.clone(), value.clone());
    }
    job
}

#[derive(Default)]
struct Jobs {
    by_id: Map,
    /// The file's own members beside the jobs, which keep their place in it.
    rest: Map,
}

impl Jobs {
    fn read(bytes: &[u8]) -> Result<Self, String> {
        let Node::Map(mut rest) = json::parse(bytes).map_err(|error| error.to_string())? else {
            return Err("the file is no object".to_owned());
        };
        let Some(Node::List(list)) = rest.get("jobs").cloned() else {
            return Err("the file has no list `jobs`".to_owned());
        };
        let mut by_id = Map::default();
        for (index, job) in list.into_iter().enumerate() {
            let Some(id) = job.at(&["id"]).and_then(Node::as_text) else {
                return Err(format!("job {} has no `id`", index + 1));
            };
            if by_id.get(id).is_some() {
                return Err(format!("the id `{id}` is given to two jobs"));
            }
            by_id.insert(by_id.len(), Scalar::key(id), job);
        }
        rest.set("jobs", Node::List(Vec::new()));
        Ok(Self { by_id, rest })
    }
}
