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
    admin::{Caller, Field, parse_body, problem, read_body},
    tokens::shown,
};

const FIELDS: [Field; 8] = [
    ("id", ID),
    ("name", NAME),
    ("profile", NAME),
    ("scopes", "a list of llm, search, read, admin"),
    ("models", "a list of names of models, * for any text"),
    ("daily_cap_cny", "yuan a day, 0 to 9223372036, as in \"12.5\""),
    ("expires_at", "a moment such as 2026-12-31T16:00:00Z"),
    ("sha256", "64 hexadecimal digits"),
];
const ID: &str = "1 to 100 letters, digits and . _ - @, the first a letter or a digit";
const NAME: &str = "1 to 100 characters, no blanks at the ends";
/// Who acts in the audit log without being a token.
const TAKEN: [&str; 3] = ["operator", "gateway", "import-new-api"];
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
    let known = about.tokens.all().await.map_err(problem)?.into_iter().find(|token| token.id == record.id);
    if known.is_none() && record.expires_at.is_some_and(|end| end <= now) {
        let problem = Problem::invalid("expires_at", "it lies in the past: the token would let nobody in");
        return Err(problem.allowed(["a moment to come"]));
    }
    let registered = about.tokens.register(record.clone(), caller.name()).await.map_err(problem)?;
    // Of one that stood there already: since when it did.
    let mut answer = json!({ "token": shown(known.as_ref().unwrap_or(&record), now) });
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
    // Neither `..`, which is no name in a path, nor `-x`, which is none on a command line.
    let begins = id.starts_with(|letter: char| letter.is_ascii_alphanumeric());
    if !begins || id.len() > NAME_MAX || !id.chars().all(fits) {
        return Err(Problem::invalid("id", "not usable in a path").allowed([ID]));
    }
    if TAKEN.iter().any(|taken| taken.eq_ignore_ascii_case(id)) {
        let detail = format!("the audit log calls somebody else `{id}`");
        return Err(Problem::invalid("id", detail).allowed(["another one"]));
    }
    Ok(())
}

fn check_name(field: &'static str, name: &str) -> Result<(), Problem> {
    let length = name.chars().count();
    if (1..=NAME_MAX).contains(&length) && name == name.trim() && !name.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Problem::invalid(field, "no name").allowed([NAME]))
}

/// What of a profile's name may stand in an id.
fn plain(profile: &str) -> String {
    let letters = profile.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' });
    let name: String = letters.take(80).collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "token".to_owned() } else { name.to_owned() }
}
