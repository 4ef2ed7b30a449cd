//! A refusal as a page.

use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::Response,
};
use daemon_kit::problem::Problem;
use maud::{Markup, html};

use crate::{Console, Language, Page, Visit, page::Looks};

/// Middleware for what is outside the door.
pub(crate) async fn outside(State(console): State<Console>, request: Request, next: Next) -> Response {
    let looks = Looks::of(&console, &request);
    let response = next.run(request).await;
    match refusal(&response) {
        Some(problem) => with_headers(&response, of(&looks, problem)),
        None => response,
    }
}

/// The page, for somebody who is not logged in.
pub(crate) fn of(looks: &Looks, problem: Problem) -> Response {
    let body = html! {
        (told(looks.language, &problem, looks.back()))
        @if problem.status() == StatusCode::UNAUTHORIZED {
            p { a.button.primary href="/console/login" { (looks.language.say("Log in", "登录")) } }
        }
    };
    looks.page(problem.title(), problem.status(), &body)
}

/// The page in place of a handler's refusal; any other answer as it is.
pub(crate) fn instead(visit: &Visit, response: Response) -> Response {
    let Some(problem) = refusal(&response) else { return response };
    let body = told(visit.language, &problem, visit.looks().back());
    let page = Page { title: problem.title().to_owned(), lead: None, body, status: problem.status() };
    with_headers(&response, visit.page_with(page))
}

/// What was refused, where it was: a problem, or an extractor's own refusal.
fn refusal(response: &Response) -> Option<Problem> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    if let Some(problem) = response.extensions().get::<Problem>() {
        return Some(problem.clone());
    }
    let is_page =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let reason = status.canonical_reason().unwrap_or("refused");
    (!is_page).then(|| Problem::new(status, "refused", reason, "the address or the form is not what this page takes"))
}

fn told(language: Language, problem: &Problem, back: &str) -> Markup {
    let allowed = problem.allowed_values();
    html! {
        section.panel.problem role="alert" {
            p { (problem.detail()) }
            @if problem.faulty_field().is_some() || !allowed.is_empty() {
                dl.facts {
                    @if let Some(field) = problem.faulty_field() {
                        dt { (language.say("Field", "字段")) } dd { code { (field) } }
                    }
                    @if !allowed.is_empty() {
                        dt { (language.say("Allowed", "允许的值")) } dd { (allowed.join(", ")) }
                    }
                }
            }
            p.hint { (problem.status().as_u16()) " " (problem.kind()) }
        }
        p { a.button href=(back) { (language.say("Back", "返回")) } }
    }
}

/// Keeps what a refusal says in its headers, as `retry-after`.
fn with_headers(refused: &Response, mut page: Response) -> Response {
    if let Some(after) = refused.headers().get(header::RETRY_AFTER) {
        page.headers_mut().insert(header::RETRY_AFTER, after.clone());
    }
    page
}
