//! `POST /console/preferences`: language and colours, kept by the browser; they need no login.

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{AppendHeaders, IntoResponse as _, Redirect, Response},
};
use daemon_kit::{body::read_body_up_to, problem::Problem};

use crate::{Console, Fields, Language, address, cookies, language, origin, page::Theme};

const FORM_BYTES: usize = 4 << 10;
/// A year.
const KEPT_SECONDS: i64 = 365 * 86_400;

/// Takes `language` (`en`, `zh-CN`) and `theme` (`auto`, `light`, `dark`), either or both, and leads `back`.
pub(crate) async fn post(State(_): State<Console>, request: Request) -> Result<Response, Problem> {
    if origin::is_foreign(request.headers(), request.uri()) {
        let detail = "the form comes from another site's page";
        return Err(Problem::new(StatusCode::FORBIDDEN, "cross-site", "The request comes from another site", detail));
    }
    let secure = address::is_secure(request.headers());
    let (fields, _) = Fields::parse(&read_body_up_to(request.into_body(), FORM_BYTES).await?);
    fields.only(&["language", "theme", "back"])?;
    let mut kept: Vec<(HeaderName, HeaderValue)> = Vec::new();
    if let Some(text) = fields.get("language") {
        let language = Language::of_tag(text).ok_or_else(|| invalid("language", &["en", "zh-CN"]))?;
        kept.extend(cookies::set(language::COOKIE, language.tag(), KEPT_SECONDS, secure).map(set_cookie));
    }
    if let Some(text) = fields.get("theme") {
        let theme = Theme::parse(text).ok_or_else(|| invalid("theme", &["auto", "light", "dark"]))?;
        kept.extend(cookies::set(Theme::COOKIE, theme.name(), KEPT_SECONDS, secure).map(set_cookie));
    }
    let back = fields.get("back").and_then(address::local_path).unwrap_or("/console");
    Ok((AppendHeaders(kept), Redirect::to(back)).into_response())
}

fn set_cookie(value: HeaderValue) -> (HeaderName, HeaderValue) {
    (header::SET_COOKIE, value)
}

fn invalid(field: &'static str, allowed: &[&str]) -> Problem {
    Problem::invalid(field, "not what may stand there").allowed(allowed)
}
