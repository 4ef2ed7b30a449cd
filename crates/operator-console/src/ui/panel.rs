//! Boxes.

use maud::{Markup, html};

/// A section with a heading.
pub fn panel(title: &str, body: Markup) -> Markup {
    html! { section.panel { h2 { (title) } (body) } }
}

/// Figures in a row.
pub fn tiles(tiles: impl IntoIterator<Item = Markup>) -> Markup {
    html! { div.tiles { @for tile in tiles { (tile) } } }
}

/// One figure: what it is, how much, and what else there is to say.
pub fn tile(label: &str, value: Markup, hint: Option<&str>) -> Markup {
    html! {
        div.tile {
            span.label { (label) }
            strong.value { (value) }
            @if let Some(hint) = hint { span.hint { (hint) } }
        }
    }
}

/// In place of a list in which nothing is.
pub fn empty(text: &str) -> Markup {
    html! { p.empty { (text) } }
}
