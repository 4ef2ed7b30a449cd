//! The door: who has no session does not pass, and no change that another site's page asked for.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse as _, Redirect, Response},
};
use daemon_kit::{body::read_body_up_to, problem::Problem};
use subtle::ConstantTimeEq as _;

use crate::{
    Console, Denied, Fields, Visit, cookies, fields, login, origin, page::Looks, problem_page, sessions::Found,
};

/// No form is longer.
const FORM_BYTES: usize = 64 << 10;
/// Sent by the script that renews parts of a page.
const LIVE: HeaderName = HeaderName::from_static("x-console-live");

/// Lets a request with a session pass, and tells its handler who looks.
pub(crate) async fn pass(State(console): State<Console>, request: Request, next: Next) -> Response {
    let looks = Looks::of(&console, &request);
    let is_change = !matches!(*request.method(), Method::GET | Method::HEAD);
    if is_change && origin::is_foreign(request.headers(), request.uri()) {
        return problem_page::of(&looks, foreign());
    }
    let (operator, session) = match admit(&console, request.headers()).await {
        Ok(admitted) => admitted,
        Err(Denied::Unavailable) => return problem_page::of(&looks, unavailable()),
        Err(_) if is_change => return problem_page::of(&looks, logged_out()),
        // A whole login page inside a part of another would help nobody.
        Err(_) if request.headers().contains_key(LIVE) => return StatusCode::UNAUTHORIZED.into_response(),
        Err(_) => return Redirect::to(&login::href(request.uri())).into_response(),
    };
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let visit = Visit::new(console, operator, session, looks);
    let checked = if is_change { with_fields(request, visit.csrf_token()).await } else { Ok(request) };
    let response = match checked {
        Ok(mut request) => {
            request.extensions_mut().insert(visit.clone());
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    };
    if is_change {
        note(&visit, &method, &uri, response.status());
    }
    problem_page::instead(&visit, response)
}

/// Whose session it is. A token that is no longer good ends it.
async fn admit(console: &Console, headers: &HeaderMap) -> Result<(Arc<str>, Found), Denied> {
    let parts = &console.0;
    let id = cookies::get(headers, &login::cookie(parts.daemon)).ok_or(Denied::Unknown)?;
    let session = parts.sessions.find(id, parts.clock.now()).ok_or(Denied::Unknown)?;
    match parts.authority.admit(&session.token).await {
        Ok(operator) => Ok((operator, session)),
        Err(Denied::Unavailable) => Err(Denied::Unavailable),
        Err(denied) => {
            parts.sessions.close(session.key);
            Err(denied)
        }
    }
}

/// Reads the form, checks its token, and puts the fields where handlers find them.
async fn with_fields(request: Request, csrf: &str) -> Result<Request, Problem> {
    const FORM: &[u8] = b"application/x-www-form-urlencoded";
    let (mut parts, body) = request.into_parts();
    let kind = parts.headers.get(header::CONTENT_TYPE).map(|kind| kind.as_bytes());
    if !kind.is_some_and(|kind| kind.len() >= FORM.len() && kind[..FORM.len()].eq_ignore_ascii_case(FORM)) {
        let detail = "send a form: application/x-www-form-urlencoded";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-a-form", "This is no form", detail));
    }
    let body = read_body_up_to(body, FORM_BYTES).await?;
    let (fields, sent) = Fields::parse(&body);
    let is_ours = sent.is_some_and(|sent| bool::from(sent.as_bytes().ct_eq(csrf.as_bytes())));
    if !is_ours {
        let detail = "the form is of another session: go back, reload the page, send it again";
        return Err(Problem::new(StatusCode::FORBIDDEN, "wrong-csrf-token", "The form is not valid", detail)
            .field(fields::CSRF));
    }
    parts.extensions.insert(fields);
    Ok(Request::from_parts(parts, Body::empty()))
}

fn note(visit: &Visit, method: &Method, uri: &Uri, status: StatusCode) {
    let (operator, path, status) = (&*visit.operator, uri.path(), status.as_u16());
    tracing::info!(operator, http.method = %method, http.path = path, http.status = status, "console: {operator} {method} {path}: {status}");
}

fn foreign() -> Problem {
    let detail = "the request comes from another site's page; only this console's own pages may change something";
    Problem::new(StatusCode::FORBIDDEN, "cross-site", "The request comes from another site", detail)
}

fn logged_out() -> Problem {
    let detail = "nobody is logged in, or the login has ended: log in and send the form again";
    Problem::new(StatusCode::UNAUTHORIZED, "logged-out", "Log in first", detail)
}

fn unavailable() -> Problem {
    let detail = "whether the token is still good cannot be told now; the log says why";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "tokens-unavailable", "Tokens cannot be checked", detail)
}
