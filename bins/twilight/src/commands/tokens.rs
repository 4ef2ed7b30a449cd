//! `twilight tokens`: who may call the gateway, and the other daemons with it.

mod create;
mod list;
mod revoke;

use clap::Subcommand;
use daemon_kit::config::Config;
use serde_json::Value;

use super::gateway_api::GatewayApi;
use crate::table::{Output, table};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Makes a token and prints it, once: nobody keeps its text.
    Create(create::Create),
    /// Tokens, in the order of their registration.
    List(list::List),
    /// Lets nobody in with a token any more: the gateway at once, the other daemons within seconds.
    Revoke(revoke::Revoke),
}

pub(crate) async fn run(command: Command, config: &Config, output: Output) -> anyhow::Result<()> {
    let gateway = GatewayApi::open(config)?;
    match command {
        Command::Create(create) => create.run(&gateway, output).await,
        Command::List(list) => list.run(&gateway, output).await,
        Command::Revoke(revoke) => revoke.run(&gateway, output).await,
    }
}

/// Tokens as a table.
fn shown(tokens: &[Value]) -> String {
    let text = |value: &Value| match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(words) => words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    };
    let rows = tokens.iter().map(|token| {
        ["id", "name", "profile", "state", "scopes", "models", "daily_cap_cny", "expires_at"]
            .map(|column| text(&token[column]))
    });
    table(["id", "name", "profile", "state", "scopes", "models", "¥ a day", "expires"], rows)
}
