//! `crontab.json` of a template: scheduled jobs as a person writes them.

use crate::{
    json,
    yaml::{Map, Node},
};

const FIELDS: &[&str] =
    &["id", "name", "schedule", "prompt", "skills", "deliver", "enabled", "enabled_toolsets", "about"];

/// Hermes' `cron/jobs.json` for a crontab: `{"jobs": [{"id", "name", "schedule": "30 8 * * 1-5", "prompt", …}]}`.
pub(super) fn jobs(crontab: &Node) -> Result<Node, String> {
    let list = crontab.as_map().filter(|map| map.len() == 1).and_then(|map| map.get("jobs")).and_then(Node::as_list);
    let list = list.ok_or("it has to be one object with one list, `jobs`")?;
    let mut jobs: Vec<Node> = Vec::new();
    for (index, entry) in list.iter().enumerate() {
        let job = job(entry).map_err(|problem| format!("job {}: {problem}", index + 1))?;
        if jobs.iter().any(|have| have.at(&["id"]) == job.at(&["id"])) {
            return Err(format!("job {}: its id is given twice", index + 1));
        }
        jobs.push(job);
    }
    let mut file = Map::default();
    file.set("jobs", Node::List(jobs));
    // One form for what is in git, wherever it comes from.
    let bytes = crate::merge::authored(json::emit(&Node::Map(file)).as_bytes())?;
    json::parse(&bytes).map_err(|error| error.to_string())
}

fn job(entry: &Node) -> Result<Node, String> {
    let entry = entry.as_map().ok_or("no object")?;
    if let Some((key, _)) = entry.iter().find(|(key, _)| !FIELDS.iter().any(|field| key.is_text(field))) {
        return Err(format!("the field `{}` is none of {}", key.display(), FIELDS.join(", ")));
    }
    let text = |field: &str| {
        let text = entry.get(field).and_then(Node::as_text).filter(|text| !text.trim().is_empty());
        text.ok_or_else(|| format!("`{field}` has to be a text"))
    };
    let id = text("id")?;
    // A folder is named for it.
    if !id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
        return Err("`id` has only a-z, 0-9 and -".to_owned());
    }
    let schedule = text("schedule")?;
    if !is_cron(schedule) {
        return Err("`schedule` has to be five fields of cron: 30 8 * * 1-5".to_owned());
    }
    let skills = entry.get("skills").cloned().unwrap_or_else(|| Node::List(Vec::new()));
    let names = skills.as_list().filter(|list| list.iter().all(|name| name.as_text().is_some()));
    let first = names.ok_or("`skills` has to be a list of names")?.first().cloned().unwrap_or_else(Node::null);

    let mut job = Map::default();
    job.set("id", Node::text(id));
    job.set("name", Node::text(text("name")?));
    job.set("prompt", Node::text(text("prompt")?));
    job.set("skills", skills);
    job.set("skill", first);
    let mut when = Node::Map(Map::default());
    when.put(&["kind"], Node::text("cron"));
    when.put(&["expr"], Node::text(schedule));
    when.put(&["display"], Node::text(schedule));
    job.set("schedule", when);
    job.set("schedule_display", Node::text(schedule));
    let mut repeat = Node::Map(Map::default());
    repeat.put(&["times"], Node::null());
    job.set("repeat", repeat);
    job.set("enabled", entry.get("enabled").cloned().unwrap_or_else(|| Node::bool(true)));
    job.set("deliver", entry.get("deliver").cloned().unwrap_or_else(|| Node::text("local")));
    if let Some(toolsets) = entry.get("enabled_toolsets") {
        job.set("enabled_toolsets", toolsets.clone());
    }
    Ok(Node::Map(job))
}

/// Minute, hour, day, month, weekday.
fn is_cron(text: &str) -> bool {
    const RANGES: [(u32, u32); 5] = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)];
    let fields: Vec<&str> = text.split(' ').collect();
    fields.len() == RANGES.len()
        && fields.iter().zip(RANGES).all(|(field, range)| field.split(',').all(|part| is_part(part, range)))
}

fn is_part(part: &str, (from, to): (u32, u32)) -> bool {
    let number = |text: &str| text.parse().ok().filter(|number: &u32| (from..=to).contains(number));
    let (span, step) = match part.split_once('/') {
        Some((span, step)) => (span, step.parse().is_ok_and(|step: u32| step > 0)),
        None => (part, true),
    };
    let span = match span.split_once('-') {
        _ if span == "*" => true,
        Some((from, to)) => matches!((number(from), number(to)), (Some(from), Some(to)) if from <= to),
        None => number(span).is_some(),
    };
    span && step
}
