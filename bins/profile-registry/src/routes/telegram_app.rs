//! `GET /telegram/app`: the Mini App in which a person confirms an operation.

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};

const PAGE: &str = include_str!("telegram_app/page.html");
const SCRIPT: &str = include_str!("telegram_app/app.js");
const STYLE: &str = include_str!("telegram_app/app.css");

/// Only Telegram's own script and ours run, nothing is asked of anybody but us, and only Telegram's own pages may show it in
/// a frame.
const POLICY: &str = "default-src 'none'; script-src 'self' https://telegram.org/js/telegram-web-app.js; style-src \
                      'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors \
                      https://web.telegram.org https://webk.telegram.org https://weba.telegram.org";

/// The page.
pub(crate) async fn page() -> Response {
    let mut response = asset("text/html; charset=utf-8", PAGE);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

/// Its script.
pub(crate) async fn script() -> Response {
    asset("text/javascript; charset=utf-8", SCRIPT)
}

/// Its style sheet.
pub(crate) async fn style() -> Response {
    asset("text/css; charset=utf-8", STYLE)
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    const REFERRER_POLICY: HeaderName = HeaderName::from_static("referrer-policy");

    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // The address of a launch may hold its data.
        (REFERRER_POLICY, "no-referrer"),
    ];
    (headers, text).into_response()
}
