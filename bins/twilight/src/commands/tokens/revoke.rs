//! `twilight tokens revoke`.

use serde_json::json;

use super::GatewayApi;
use crate::table::Output;

/// Which tokens.
#[derive(clap::Args)]
pub(crate) struct Revoke {
    /// Ids, as `twilight tokens list` shows them.
    #[arg(required = true, value_parser = id)]
    ids: Vec<String>,
}

impl Revoke {
    /// Revokes one after the other; those before one that fails stay revoked.
    pub(super) async fn run(self, gateway: &GatewayApi, output: Output) -> anyhow::Result<()> {
        let mut revoked = Vec::new();
        for id in &self.ids {
            let mut answer = gateway.delete(&format!("/admin/tokens/{id}")).await?;
            revoked.push(answer["token"].take());
        }
        output.print(&json!({ "tokens": revoked }), |_| super::shown(&revoked))
    }
}

/// An id is part of the address that is asked: it must not lead elsewhere.
fn id(text: &str) -> Result<String, String> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "._-@".contains(letter);
    if text.chars().all(fits) && !text.is_empty() && !matches!(text, "." | "..") {
        return Ok(text.to_owned());
    }
    Err("no id: take it from `twilight tokens list`".to_owned())
}
