//! A part of a page that renews itself.

use maud::{Markup, html};

/// `body`, which the script fetches anew from `url` every so many seconds while somebody looks at the page and has neither
/// the keyboard's focus nor a selection in it. `url` answers with a [`fragment`](crate::Visit::fragment).
pub fn live(url: &str, every_s: u32, body: Markup) -> Markup {
    html! { div.live data-live=(url) data-every=(every_s) { (body) } }
}
