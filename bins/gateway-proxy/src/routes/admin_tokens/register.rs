//! `POST /admin/tokens`.

use access_tokens::{Digest, ModelPatterns, Scope, Scopes, TokenText};
use axum::{
    Extension, Json,
    body::Body,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use daemon_kit::problem::Problem;
use gateway_ledger::{Registered, TokenRecord};
use route_policy::Cny;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::TokensState;
use crate::{
    admin::{Caller, parse_body, problem, read_body},
    tokens::shown,
};

const FIELDS: [&str; 8] = ["id", "name", "profile", "scopes", "models", "daily_cap_cny", "expires_at", "sha256"];
const NAME_MAX: usize = 100;

/// A token as somebody asks for it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// By which it can be registered again. Default: made up.
    id: Option<String>,
    /// What people call it. Default: its id.
    name: Option<String>,
    profile: String,
    scopes: Vec<String>,
    models: Option<Vec<String>>,
    daily_cap_cny: Option<Cny>,
    expires_at: Option<DateTime<Utc>>,
    /// Of the token's text, which then stays with whoever made it. Default: the gateway makes a token.
    sha256: Option<String>,
}

/// Registers a token: 201 with `{"token": {…}}`, or 200 where exactly this one was registered already. 409 `conflict` where
/// the id stands for another token. Without `sha256` the gateway makes the token and shows its text in `secret`, once.
pub(super) async fn post(
    State(about): State<TokensState>,
    Extension(caller): Extension<Caller>,
    body: Body,
) -> Result<Response, Problem> {
    let wanted: Wanted = parse_body(&read_body(body).await?, &FIELDS)?;
    let now = about.clock.now();
    let made = match wanted.sha256 {
        Some(_) => None,
        None => Some(TokenText::generate().map_err(|error| {
            tracing::error!(error = %error, "make a token: {error}");
            Problem::internal()
        })?),
    };
    let record = wanted.record(made.as_ref(), now)?;
    let registered = about.tokens.register(record.clone(), caller.name()).await.map_err(problem)?;
    let mut answer = json!({ "token": shown(&record, now) });
    let status = match registered {
        Registered::New => StatusCode::CREATED,
        Registered::Same => StatusCode::OK,
    };
    if let Some(made) = made {
        answer["secret"] = made.expose().into();
    }
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((status, no_store, Json(answer)).into_response())
}

impl Wanted {
    fn record(self, made: Option<&TokenText>, now: DateTime<Utc>) -> Result<TokenRecord, Problem> {
        check_name("profile", &self.profile)?;
        let id = match self.id {
            Some(id) => id,
            None => format!("{}-{}", plain(&self.profile), &Uuid::new_v4().simple().to_string()[..8]),
        };
        check_id(&id)?;
        let name = self.name.unwrap_or_else(|| id.clone());
        check_name("name", &name)?;
        let scopes = scopes(&self.scopes)?;
        if let Some(models) = self.models.clone() {
            ModelPatterns::new(models).map_err(|error| Problem::invalid("models", error.to_string()))?;
        }
        if self.daily_cap_cny.is_some_and(|cap| cap < Cny::ZERO) {
            return Err(Problem::invalid("daily_cap_cny", "a cap below nothing").allowed(["0 or more yuan"]));
        }
        let digest = match (&self.sha256, made) {
            (Some(text), _) => text.parse::<Digest>().map_err(|error| Problem::invalid("sha256", error.to_string()))?,
            (None, Some(made)) => made.digest(),
            (None, None) => return Err(Problem::internal()),
        };
        Ok(TokenRecord {
            id,
            name,
            profile: self.profile,
            sha256: *digest.as_bytes(),
            scopes: scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
            models: self.models,
            daily_cap: self.daily_cap_cny,
            expires_at: self.expires_at,
            created_at: now,
            revoked_at: None,
        })
    }
}

fn scopes(words: &[String]) -> Result<Scopes, Problem> {
    let allowed = Scope::ALL.map(Scope::as_str);
    let parsed: Result<Scopes, _> = words.iter().map(|word| word.parse::<Scope>()).collect();
    let scopes = parsed.map_err(|error| Problem::invalid("scopes", error.to_string()).allowed(allowed))?;
    if scopes.is_empty() {
        return Err(Problem::invalid("scopes", "a token without a scope opens nothing").allowed(allowed));
    }
    Ok(scopes)
}

fn check_id(id: &str) -> Result<(), Problem> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "._-@".contains(letter);
    if (1..=NAME_MAX).contains(&id.len()) && id.chars().all(fits) {
        return Ok(());
    }
    Err(Problem::invalid("id", "not usable in a path").allowed(["1 to 100 letters, digits and . _ - @"]))
}

fn check_name(field: &'static str, name: &str) -> Result<(), Problem> {
    let length = name.chars().count();
    if (1..=NAME_MAX).contains(&length) && name == name.trim() && !name.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Problem::invalid(field, "no name").allowed(["1 to 100 characters, no blanks at the ends"]))
}

/// What of a profile's name may stand in an id.
fn plain(profile: &str) -> String {
    let letters = profile.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' });
    letters.take(80).collect()
}
