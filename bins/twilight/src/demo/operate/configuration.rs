//! The configurations that the operator's commands and the replica's daemon read.

use std::path::Path;

use crate::demo::configuration::API_TOKEN;

/// The sections that are added to the daemons' own file: where they answer, where the replica lies, where backups go and
/// whom their secrets are sealed to.
pub(super) fn operators(replica: &Path, backups: &Path, recipient: &str, daemons: &[(&str, &str)]) -> String {
    let (replica, backups) = (replica.display(), backups.display());
    let urls = daemons.iter().map(|(name, url)| format!("{} = \"{url}\"\n", name.replace('-', "_")));
    let urls: String = urls.collect();
    format!(
        r#"
[replica]
target = "{replica}"

[backup]
folder = "{backups}"
recipient = "{recipient}"

[status]
{urls}"#
    )
}

/// The whole file of a warehouse-api that serves the replica, as on another host.
pub(super) fn replicas(replica: &Path, redis: &str) -> String {
    let (root, tokens) = (replica.display(), replica.join("access-tokens.json"));
    let tokens = tokens.display();
    format!(
        r#"# written by `twilight demo`
[warehouse]
root = "{root}"

[queue]
redis_url = "{redis}"

[telemetry]
format = "json"

[replica]
unready_after_h = 26

[warehouse-api]
listen = "127.0.0.1:0"
poll_ms = 100
token_cache = "{tokens}"
tokens = [{{ name = "demo", token = "{API_TOKEN}", scopes = ["read"] }}]
"#
    )
}
