//! Style, script and icon, in the binary.

use std::sync::OnceLock;

use axum::{
    extract::Path,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use daemon_kit::problem::Problem;
use maud::{Markup, html};

use crate::{TokenDigest, chart};

/// The parts of each, in their order.
const STYLE: [&str; 2] = [include_str!("assets/console.css"), chart::STYLE];
const SCRIPT: [&str; 2] = [include_str!("assets/console.js"), chart::SCRIPT];
const ICON: &str = include_str!("assets/icon.svg");

/// An address holds its content's version, so that a browser may keep it for good.
const KEPT: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// What a page's head names.
pub(crate) fn links() -> Markup {
    let version = version();
    html! {
        link rel="icon" type="image/svg+xml" href={ "/console/assets/icon.svg?v=" (version) };
        link rel="stylesheet" href={ "/console/assets/console.css?v=" (version) };
        script src={ "/console/assets/console.js?v=" (version) } defer {}
    }
}

/// `GET /console/assets/{name}`.
pub(crate) async fn get(Path(name): Path<String>) -> Result<Response, Problem> {
    let (kind, text) = match name.as_str() {
        "console.css" => ("text/css; charset=utf-8", STYLE.concat()),
        "console.js" => ("text/javascript; charset=utf-8", SCRIPT.concat()),
        "icon.svg" => ("image/svg+xml", ICON.to_owned()),
        _ => {
            let detail = "there is no such file";
            return Err(Problem::new(StatusCode::NOT_FOUND, "no-such-file", "There is no such file", detail));
        }
    };
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CACHE_CONTROL, KEPT)];
    Ok((headers, text).into_response())
}

/// Of all of them together.
fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let all = [STYLE.concat(), SCRIPT.concat(), ICON.to_owned()].concat();
        let digest = TokenDigest::of(all.as_bytes());
        digest.as_bytes().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    })
}
