//! `GET /quality/rules`: the catalog of rules.

use axum::{Json, extract::Request};
use daemon_kit::problem::Problem;
use quality_rules::{Origin, RULES, RuleInfo};

use crate::{openapi::RuleBody, query::Params};

/// Every rule, by its code.
///
/// The rules come with the program: the answer changes with an upgrade and with nothing else.
#[utoipa::path(
    get, path = "/quality/rules", tag = "quality", operation_id = "quality_rules",
    responses(
        (status = 200, description = "The catalog", body = Vec<RuleBody>),
        (status = 400, description = "There are no parameters here", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope `read`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get(request: Request) -> Result<Json<Vec<RuleBody>>, Problem> {
    Params::parse(request.uri(), &[])?;
    Ok(Json(RULES.iter().map(|rule| body(rule)).collect()))
}

fn body(rule: &RuleInfo) -> RuleBody {
    let origin = match rule.origin {
        Origin::Gate => "gate",
        Origin::Curation => "curation",
        Origin::Generation => "generation",
        Origin::Clock => "clock",
        Origin::Machine => "machine",
    };
    RuleBody {
        code: rule.code.to_owned(),
        severity: rule.severity.to_string(),
        origin: origin.to_owned(),
        title: rule.title.to_owned(),
        doc: format!("docs/quality-rules.md#{}", rule.code),
    }
}
