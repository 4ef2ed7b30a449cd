//! A button that changes something.

use maud::{Markup, html};

use crate::Visit;

/// How heavy a button looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// One of several.
    Plain,
    /// What one came for.
    Primary,
    /// What cannot be taken back.
    Danger,
}

impl Style {
    fn class(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Primary => "primary",
            Self::Danger => "danger",
        }
    }
}

/// A form of one button that posts `hidden` to `path`; with `confirm` the script asks that first.
pub fn action(
    visit: &Visit,
    path: &str,
    label: &str,
    style: Style,
    hidden: &[(&str, &str)],
    confirm: Option<&str>,
) -> Markup {
    html! {
        form.action method="post" action=(path) data-confirm=[confirm] {
            (visit.csrf())
            @for (name, value) in hidden { input type="hidden" name=(name) value=(value); }
            button class=(style.class()) type="submit" { (label) }
        }
    }
}
