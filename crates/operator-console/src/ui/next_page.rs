//! The way on in a long list.

use maud::{Markup, html};

use crate::Language;

/// A link to the next page of a list, where there is one.
pub fn next_page(language: Language, href: Option<&str>) -> Markup {
    html! {
        @if let Some(href) = href {
            p.next { a.button href=(href) rel="next" { (language.say("Older ones", "更早的记录")) } }
        }
    }
}
