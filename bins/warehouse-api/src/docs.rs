//! `/openapi.json` and `/docs`: the document, and a page to read it with. The page's files are in the binary, and its policy
//! keeps a browser from asking anybody else.

use axum::{
    Router,
    http::{HeaderName, HeaderValue, header},
    middleware::map_response,
    response::Response,
};
use utoipa::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::openapi::ApiDocument;

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
);

/// The routes, open to everybody.
pub(crate) fn routes() -> Router {
    // Without "none" the page shows a badge that a validator on the internet is asked for.
    let config = Config::new(["/openapi.json"]).validator_url("none").try_it_out_enabled(true);
    let page = SwaggerUi::new("/docs").url("/openapi.json", ApiDocument::openapi()).config(config);
    Router::from(page).layer(map_response(add_policy))
}

async fn add_policy(mut response: Response) -> Response {
    const NO_SNIFF: (HeaderName, HeaderValue) = (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, POLICY);
    response.headers_mut().insert(NO_SNIFF.0, NO_SNIFF.1);
    response
}
