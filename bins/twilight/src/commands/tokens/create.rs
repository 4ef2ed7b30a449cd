//! `twilight tokens create`.

use access_tokens::{Scope, TokenText};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::GatewayApi;
use crate::{commands::moment, table::Output};

/// What the token is for.
#[derive(clap::Args)]
pub(crate) struct Create {
    /// Whose use it is: limits and money are counted by profile.
    #[arg(long)]
    profile: String,
    /// What people call it; its id unless told otherwise.
    #[arg(long)]
    name: Option<String>,
    /// Its id; made of the profile unless told otherwise.
    #[arg(long)]
    id: Option<String>,
    /// What it opens: llm, search, read or admin; may be given several times.
    #[arg(long = "scope", value_name = "SCOPE", default_value = "llm", value_delimiter = ',')]
    scopes: Vec<Scope>,
    /// A model that it may ask for, * for any text; may be given several times. Every model unless told otherwise.
    #[arg(long = "model", value_name = "MODEL", value_delimiter = ',')]
    models: Vec<String>,
    /// What the profile should cost a day at most, yuan.
    #[arg(long, value_name = "YUAN")]
    daily_cap: Option<String>,
    /// Its last day in Shanghai, or the moment at which it ends.
    #[arg(long, value_parser = moment::until)]
    until: Option<DateTime<Utc>>,
}

/// The body of `POST /admin/tokens`.
#[derive(Serialize)]
struct Wanted<'a> {
    id: &'a str,
    name: Option<&'a str>,
    profile: &'a str,
    scopes: Vec<&'static str>,
    models: Option<&'a [String]>,
    daily_cap_cny: Option<&'a str>,
    expires_at: Option<DateTime<Utc>>,
    sha256: String,
}

impl Create {
    /// Makes the token here and registers its digest: its text never leaves this terminal.
    pub(super) async fn run(self, gateway: &GatewayApi, output: Output) -> anyhow::Result<()> {
        let text = TokenText::generate()?;
        let sha256 = text.digest().to_string();
        let made_up = format!("{}-{}", usable(&self.profile), &sha256[..8]);
        let wanted = Wanted {
            id: self.id.as_deref().unwrap_or(&made_up),
            name: self.name.as_deref(),
            profile: &self.profile,
            scopes: self.scopes.iter().map(|scope| scope.as_str()).collect(),
            models: (!self.models.is_empty()).then_some(&self.models),
            daily_cap_cny: self.daily_cap.as_deref(),
            expires_at: self.until,
            sha256,
        };
        let mut answer = gateway.post("/admin/tokens", &wanted).await?;
        if !output.json {
            // Beside the token, so that `TOKEN=$(twilight tokens create …)` holds nothing else.
            eprintln!("{}", super::shown(std::slice::from_ref(&answer["token"])));
            eprintln!("this is the token; it is shown only now:");
        }
        answer["secret"] = json!(text.expose());
        output.print(&answer, |_| text.expose().to_owned())
    }
}

/// What of a profile's name may stand in an id.
fn usable(profile: &str) -> String {
    let letters = profile.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' });
    let name: String = letters.take(80).collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "token".to_owned() } else { name.to_owned() }
}
