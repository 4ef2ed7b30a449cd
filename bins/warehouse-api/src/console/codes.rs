//! Codes in fields and in links.

use daemon_kit::problem::Problem;
use market_model::Code;
use maud::{Markup, html};
use warehouse::Generation;

use crate::query::read_code;

/// Reads a code as people type it: in small letters, and without its exchange where only one instrument has that symbol.
///
/// # Errors
/// As [`read_code`].
pub(super) fn read(field: &'static str, text: &str, generation: &Generation) -> Result<Code, Problem> {
    let text = text.trim().to_ascii_uppercase();
    match read_code(field, &text, Some(generation)) {
        Ok(code) => Ok(code),
        Err(problem) => match generation.codes_named(&text)[..] {
            [only] => Ok(only),
            _ => Err(problem),
        },
    }
}

/// The code, leading to its chart, with its name where it has one. Of a code that this generation does not know there is none.
pub(super) fn link(generation: &Generation, code: &Code) -> Markup {
    if !generation.knows(code) {
        return html! { (code) };
    }
    html! {
        span {
            a href=(format!("/console/instruments/{code}")) { (code) }
            @if let Some(instrument) = generation.instrument(code) { " " span.muted { (instrument.name) } }
        }
    }
}
