//! `[queue]`: the Redis servers that hold the job queues.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::super::{
    context::{Context, Given},
    error::ConfigError,
    secret::Secret,
};

/// The queues that may lie on a Redis of their own.
pub(super) const QUEUES: [&str; 5] = ["ingest", "warehouse-write", "quality", "provision", "gateway"];
const DEFAULT_URL: &str = "redis://127.0.0.1:6379/";
const URL_FORMS: &str = "redis://[user:password@]host[:port][/database] or unix:///path/of.sock";

/// What may stand in the section.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct QueueSettings {
    /// Redis of every queue without a URL of its own. A secret: it may hold a password. Default
    /// "redis://127.0.0.1:6379/".
    pub(super) redis_url: Option<Secret>,
    /// File that holds `redis_url` instead. Default: none.
    pub(super) redis_url_file: Option<PathBuf>,
    /// Redis of single queues, by name (`ingest`) or in a file (`ingest_file`). Default: none.
    pub(super) urls: BTreeMap<String, Secret>,
}

/// `[queue]`, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueConfig {
    /// Redis of every queue that is not in `urls`.
    pub redis_url: Secret,
    /// Redis of single queues, by the queue's name.
    pub urls: BTreeMap<String, Secret>,
}

impl QueueConfig {
    /// Redis of `queue`.
    pub fn url(&self, queue: &str) -> &Secret {
        self.urls.get(queue).unwrap_or(&self.redis_url)
    }
}

impl QueueSettings {
    pub(in crate::config) fn resolve(&self, context: &Context) -> Result<QueueConfig, ConfigError> {
        let keys = QUEUES.iter().flat_map(|name| [(*name).to_owned(), format!("{name}_file")]);
        let keys: Vec<String> = keys.collect();
        let allowed: Vec<&str> = keys.iter().map(String::as_str).collect();
        for key in self.urls.keys() {
            context.known_key("queue.urls", key, &allowed)?;
        }
        let given = Given { value: self.redis_url.as_ref(), file: self.redis_url_file.as_deref(), alias: None };
        let redis_url = url(context, "queue.redis_url", given)?.unwrap_or_else(|| Secret::new(DEFAULT_URL));
        let mut urls = BTreeMap::new();
        for name in QUEUES {
            let file = self.urls.get(&format!("{name}_file")).map(|file| Path::new(file.expose()));
            let given = Given { value: self.urls.get(name), file, alias: None };
            if let Some(url) = url(context, &format!("queue.urls.{name}"), given)? {
                urls.insert(name.to_owned(), url);
            }
        }
        Ok(QueueConfig { redis_url, urls })
    }
}

/// A Redis URL from wherever it was given.
pub(super) fn url(context: &Context, key: &str, given: Given<'_>) -> Result<Option<Secret>, ConfigError> {
    // What stands in the file is checked even while secrets are not fetched.
    if given.value.is_some_and(|url| !is_redis_url(url)) {
        return Err(context.bad(key, "is not a Redis URL (its text is not shown: it may hold a password)", URL_FORMS));
    }
    let url = context.secret(key, given)?;
    if url.as_ref().is_some_and(|url| !is_redis_url(url)) {
        let problem = format!("what its file or variable holds is not a Redis URL; allowed: {URL_FORMS}");
        return Err(context.secret_error(key, problem));
    }
    Ok(url)
}

fn is_redis_url(url: &Secret) -> bool {
    ["redis://", "unix://", "redis+unix://"].iter().any(|scheme| url.expose().starts_with(scheme))
}
