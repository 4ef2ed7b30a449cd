//! `/console/login` and `/console/logout`.

use axum::{
    extract::{Query, Request, State},
    http::{HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse as _, Redirect, Response},
};
use daemon_kit::{body::read_body_up_to, limiter::TooMany, problem::Problem};
use maud::{Markup, html};

use crate::{Console, Daemon, Denied, Fields, Language, TokenDigest, Visit, address, cookies, origin, page::Looks};

/// No token is longer.
const FORM_BYTES: usize = 8 << 10;

/// The cookie that keeps a session. Browsers keep cookies by host, not by port, so each daemon has its own.
pub(crate) fn cookie(daemon: Daemon) -> String {
    format!("twilight_{}", daemon.service())
}

/// The login page that leads back to `uri`.
pub(crate) fn href(uri: &Uri) -> String {
    let path = uri.path_and_query().map_or("/console", |path| path.as_str());
    let next: String = form_urlencoded::byte_serialize(path.as_bytes()).collect();
    format!("/console/login?next={next}")
}

/// `GET /console/login`.
pub(crate) async fn page(
    State(console): State<Console>,
    Query(query): Query<Vec<(String, String)>>,
    request: Request,
) -> Response {
    let looks = Looks::of(&console, &request);
    let next = query.iter().find(|(name, _)| name == "next").map(|(_, next)| next.as_str());
    form(&looks, next.unwrap_or_default(), StatusCode::OK, None)
}

/// `POST /console/login`: a token opens a session.
pub(crate) async fn post(State(console): State<Console>, request: Request) -> Result<Response, Problem> {
    let parts = &console.0;
    let looks = Looks::of(&console, &request);
    if origin::is_foreign(request.headers(), request.uri()) {
        let detail = "the form comes from another site's page";
        return Err(Problem::new(StatusCode::FORBIDDEN, "cross-site", "The request comes from another site", detail));
    }
    let (head, body) = request.into_parts();
    let caller = address::of_caller(&head.headers, &head.extensions, &parts.config.trusted_proxies);
    let (fields, _) = Fields::parse(&read_body_up_to(body, FORM_BYTES).await?);
    let next = fields.get("next").and_then(address::local_path).unwrap_or("/console").to_owned();
    // Counted before the token is looked at, so that many guesses at once are as many.
    if let Err(TooMany(seconds)) = parts.failed_logins.admit(caller, parts.clock.now()) {
        tracing::warn!(http.peer = %caller, "console: too many failed logins from {caller}");
        let text = match looks.language {
            Language::English => format!("Too many failed logins from your address. Try again in {seconds} s."),
            Language::Chinese => format!("此地址登录失败次数过多，请在 {seconds} 秒后重试。"),
        };
        let mut response = form(&looks, &next, StatusCode::TOO_MANY_REQUESTS, Some(&text));
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        return Ok(response);
    }
    let Some(token) = fields.get("token") else {
        parts.failed_logins.forgive(caller, parts.clock.now());
        let text = looks.language.say("Enter a token.", "请输入令牌。");
        return Ok(form(&looks, &next, StatusCode::BAD_REQUEST, Some(text)));
    };
    let token = TokenDigest::of(token.as_bytes());
    match parts.authority.admit(&token).await {
        Ok(operator) => {
            parts.failed_logins.forgive(caller, parts.clock.now());
            tracing::info!(operator = &*operator, http.peer = %caller, "console: {operator} logged in");
            let id = parts.sessions.open(token, parts.clock.now())?;
            let lasts = parts.sessions.lasts().num_seconds();
            let cookie = cookies::set(&cookie(parts.daemon), &id, lasts, looks.secure).ok_or_else(Problem::internal)?;
            Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&next)).into_response())
        }
        Err(denied) => {
            tracing::warn!(http.peer = %caller, reason = ?denied, "console: a login from {caller} failed");
            let (status, text) = refused(looks.language, denied);
            Ok(form(&looks, &next, status, Some(&text)))
        }
    }
}

/// `POST /console/logout`: ends the session here and in the browser.
pub(crate) async fn logout(visit: Visit) -> Response {
    visit.end();
    let gone = cookies::set(&cookie(visit.daemon()), "", 0, visit.looks().secure);
    let mut response = Redirect::to("/console/login").into_response();
    if let Some(gone) = gone {
        response.headers_mut().insert(header::SET_COOKIE, gone);
    }
    response
}

fn refused(language: Language, denied: Denied) -> (StatusCode, String) {
    let (status, en, zh) = match denied {
        Denied::Unknown => (StatusCode::UNAUTHORIZED, "This token opens nothing here.", "此令牌无效。"),
        Denied::Expired => (StatusCode::UNAUTHORIZED, "This token has expired.", "此令牌已过期。"),
        Denied::Lacks { scope } => {
            let text = match language {
                Language::English => format!("This token lacks the scope “{scope}”."),
                Language::Chinese => format!("此令牌缺少权限“{scope}”。"),
            };
            return (StatusCode::FORBIDDEN, text);
        }
        Denied::Unavailable => {
            (StatusCode::SERVICE_UNAVAILABLE, "Tokens cannot be checked just now.", "暂时无法验证令牌。")
        }
    };
    (status, language.say(en, zh).to_owned())
}

fn form(looks: &Looks, next: &str, status: StatusCode, wrong: Option<&str>) -> Response {
    let language = looks.language;
    let next = address::local_path(next).unwrap_or("/console");
    let body: Markup = html! {
        form.login method="post" action="/console/login" {
            input type="hidden" name="next" value=(next);
            // For password managers: which of the daemons' tokens it is.
            input type="text" autocomplete="username" value=(looks.daemon.service()) readonly hidden;
            label for="token" { (language.say("Admin token", "管理员令牌")) }
            input #token type="password" name="token" required autofocus autocomplete="current-password"
                spellcheck="false" autocapitalize="none" aria-describedby=[wrong.map(|_| "wrong")]
                aria-invalid=[wrong.map(|_| "true")];
            @if let Some(wrong) = wrong { p #wrong.wrong role="alert" { (wrong) } }
            button.primary type="submit" { (language.say("Log in", "登录")) }
        }
        p.hint { (hint(language, looks.daemon)) }
    };
    looks.page(language.say("Log in", "登录"), status, &body)
}

/// Which token it is that opens this door.
fn hint(language: Language, daemon: Daemon) -> &'static str {
    match daemon {
        Daemon::Gateway => language.say(
            "The gateway's admin token, or an access token with the scope “admin”.",
            "网关管理员令牌，或具有“admin”权限的访问令牌。",
        ),
        Daemon::Warehouse => language.say(
            "A token with the scopes “read” and “admin”, configured or issued by the gateway.",
            "同时具有“read”和“admin”权限的令牌：配置文件中的令牌，或网关签发的访问令牌。",
        ),
        Daemon::Registry => language.say("The registry's admin token.", "档案库管理员令牌。"),
    }
}
