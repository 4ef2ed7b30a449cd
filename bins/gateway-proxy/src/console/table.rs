//! Pieces of tables.

use maud::{Markup, html};

/// The titles of its columns; those of numbers, by place, stand to the right as their numbers do.
pub(super) fn head(titles: &[&str], of_numbers: &[usize]) -> Markup {
    html! {
        thead {
            tr {
                @for (place, title) in titles.iter().enumerate() {
                    th.num[of_numbers.contains(&place)] scope="col" { (title) }
                }
            }
        }
    }
}

/// The first so many characters of a text that somebody else wrote, which may be as long as they like.
pub(super) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{} …", &text[..end]),
        None => text.to_owned(),
    }
}
