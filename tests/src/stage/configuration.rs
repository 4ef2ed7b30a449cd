//! The configuration file of a stage.

use std::path::Path;

use super::Settings;
use crate::API_TOKEN;

/// Short waits: what takes over a dead worker's jobs after 30 seconds in production does so after two here.
pub(super) fn configuration((root, state): (&Path, &Path), redis: &str, vendors: &str, settings: &Settings) -> String {
    let others = vendors.find("[ingest-worker.tdx]").filter(|_| settings.tdx_servers == 0);
    let vendors = &vendors[..others.unwrap_or(vendors.len())];
    let keep_from = settings.keep_from.map(|day| format!("keep_from = \"{day}\"")).unwrap_or_default();
    let tokens = root.with_file_name("access-tokens.json");
    let tokens = tokens.display();
    let (root, keep_generations) = (root.display(), settings.keep_generations.unwrap_or(100));
    let bookkeeping_every_s = settings.bookkeeping_every_s.unwrap_or(600);
    format!(
        r#"[warehouse]
root = "{root}"
memory_limit_mb = 256
threads = 1
keep_generations = {keep_generations}

[queue]
redis_url = "{redis}"

[telemetry]
format = "json"

[ingest-worker]
listen = "127.0.0.1:0"
{keep_from}
max_attempts = 100
retry_pause_ms = 200
heartbeat_ms = 250
missed_heartbeats = 8
reconcile_every_s = 1
bookkeeping_every_s = {bookkeeping_every_s}

[ingest-worker.schedule]
daily_market = "off"
tdx_daily_market = "off"
global_market = "off"
macro_series = "off"
fundamentals = "off"
backfill = "off"
reference = "off"
expire_features = "off"
compact = "off"

{vendors}
[warehouse-api]
listen = "127.0.0.1:0"
memory_limit_mb = 64
poll_ms = 10
token_cache = "{tokens}"
tokens = [{{ name = "tests", token = "{API_TOKEN}", scopes = ["read", "admin"] }}]
"#
    ) + &quality(state, settings)
}

fn quality(state: &Path, settings: &Settings) -> String {
    let mut text = format!(
        r#"
[quality-worker]
listen = "127.0.0.1:0"
state = "{}"
memory_limit_mb = 64
threads = 1
poll_ms = 10
max_attempts = 100
retry_pause_ms = 200
heartbeat_ms = 250
missed_heartbeats = 8

[quality-worker.disk]
folders = []

[quality-worker.schedule]
freshness = "off"
safety = "off"
"#,
        state.display()
    );
    for (number, (kind, url)) in settings.alerts.iter().enumerate() {
        let chat = if *kind == "telegram" { "chat_id = \"-100\"\n" } else { "" };
        text += &format!(
            "\n[[quality-worker.alerts]]\nname = \"target-{number}\"\nkind = \"{kind}\"\nurl = \"{url}\"\n{chat}"
        );
    }
    text
}
