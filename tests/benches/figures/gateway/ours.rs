//! gateway-proxy: plain, governed, and governed with its log as it comes.

use std::{fmt::Write as _, net::SocketAddr, path::Path};

use anyhow::Context as _;
use serde_json::Value;

use super::{client::Connection, question::MODEL, subject::Subject};
use crate::{daemon::Daemon, place};

const ADMIN_TOKEN: &str = "bench-operators-token";
const CHANNELS: usize = 5;

/// What is switched on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    mode: &'static str,
    log: &'static str,
}

/// A proxy with our connections and nothing else.
pub(super) const PLAIN: Kind = Kind { name: "gateway-proxy, plain", mode: "plain", log: "warn" };
/// Tokens, limits, budgets and books.
pub(super) const GOVERNED: Kind = Kind { name: "gateway-proxy, governed", mode: "governed", log: "warn" };
/// And a line per request, which is the default.
pub(super) const LOGGED: Kind = Kind { name: "gateway-proxy, governed, a line each", mode: "governed", log: "info" };

/// Starts one with fresh books, in front of the provider.
///
/// # Errors
/// When it does not start, or gives no token.
pub(super) async fn start(kind: Kind, provider: SocketAddr, redis: &str, folder: &Path) -> anyhow::Result<Subject> {
    let state = folder.join(format!("gateway-{}-{}", kind.mode, kind.log));
    place::empty(&state)?;
    let config = state.join("twilight.toml");
    std::fs::write(&config, configuration(kind, provider, redis, &state)).context("write the configuration")?;
    let (daemon, address) = Daemon::start("gateway-proxy", &config, &state).await?;
    let mut subject = Subject::of(kind.name, address, String::new(), daemon)?;
    let token = if kind.mode == PLAIN.mode { "none".to_owned() } else { token(address).await? };
    subject.headers = format!("authorization: Bearer {token}\r\n");
    Ok(subject)
}

/// Records of requests that it could not keep up with writing.
///
/// # Errors
/// When it does not tell.
pub(super) async fn lost_records(subject: &Subject) -> anyhow::Result<u64> {
    let request = format!("GET /metrics HTTP/1.1\r\nhost: {}\r\n\r\n", subject.address);
    let mut answer = Vec::new();
    let mut connection = Connection::open(subject.address).await?;
    connection.exchange(request.as_bytes(), |piece| answer.extend_from_slice(piece)).await?;
    let text = String::from_utf8(answer)?;
    let count = text.lines().find_map(|line| line.strip_prefix("gateway_lost_records_total "));
    Ok(count.map_or(Ok(0), str::parse)?)
}

/// A client token for models.
async fn token(address: SocketAddr) -> anyhow::Result<String> {
    let wanted = r#"{"profile":"bench","scopes":["llm"]}"#;
    let request = format!(
        "POST /admin/tokens HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {ADMIN_TOKEN}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{wanted}",
        wanted.len()
    );
    let mut answer = Vec::new();
    let mut connection = Connection::open(address).await?;
    connection.exchange(request.as_bytes(), |piece| answer.extend_from_slice(piece)).await?;
    let answer: Value = serde_json::from_slice(&answer)?;
    Ok(answer["secret"].as_str().context("an answer without a token")?.to_owned())
}

/// Five keys with limits and budgets that are counted on every request and never reached.
fn configuration(kind: Kind, provider: SocketAddr, redis: &str, state: &Path) -> String {
    let Kind { mode, log, .. } = kind;
    let folder = state.display();
    let mut text = format!(
        r#"# written by the figures bench
[telemetry]
format = "json"
# The server's line says where it listens.
log = "{log},daemon_kit::server=info"

[queue]
redis_url = "{redis}"

[gateway-proxy]
listen = "127.0.0.1:0"
mode = "{mode}"
state = "{folder}/books"
prices = "{folder}/prices.toml"
admin_token = "{ADMIN_TOKEN}"
default_price = {{ input = "0.8", output = "2" }}
"#
    );
    for number in 1..=CHANNELS {
        // Writing into a String cannot fail.
        let _ = write!(
            text,
            r#"
[[gateway-proxy.channels]]
name = "key-{number}"
dialect = "openai"
base_url = "http://{provider}/v1"
key = "sk-bench-{number}"
models = ["{MODEL}"]
rpm = 10000000
tpm = 100000000000
max_in_flight = 100000
budget_cny_per_day = "1000000"
"#
        );
    }
    text
}
