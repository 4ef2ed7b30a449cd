//! How somebody looks at a page: how wide, light or dark.

use serde_json::{Value, json};

/// What the system of the person who looks prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Dark text on light ground.
    Light,
    /// Light text on dark ground.
    Dark,
}

/// A window and the preferences of who sits before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// CSS pixels.
    pub width: u32,
    /// CSS pixels.
    pub height: u32,
    /// What `prefers-color-scheme` answers.
    pub scheme: Scheme,
}

impl Look {
    /// A desk's window.
    pub const fn desktop(scheme: Scheme) -> Self {
        Self { width: 1280, height: 900, scheme }
    }

    /// A common phone, upright.
    pub const fn phone(scheme: Scheme) -> Self {
        Self { width: 390, height: 844, scheme }
    }

    /// The narrowest phone that counts.
    pub const fn small_phone(scheme: Scheme) -> Self {
        Self { width: 360, height: 740, scheme }
    }

    /// Whether this is a phone's.
    pub const fn is_phone(&self) -> bool {
        self.width < 600
    }

    /// For names of files: `desktop-dark`.
    pub fn name(&self) -> String {
        let scheme = if self.scheme == Scheme::Dark { "dark" } else { "light" };
        format!("{}-{scheme}", if self.is_phone() { "phone" } else { "desktop" })
    }

    pub(super) fn metrics(&self) -> Value {
        json!({"width": self.width, "height": self.height, "deviceScaleFactor": 1, "mobile": self.is_phone()})
    }

    pub(super) fn media(&self) -> Value {
        let scheme = if self.scheme == Scheme::Dark { "dark" } else { "light" };
        json!({"features": [
            {"name": "prefers-color-scheme", "value": scheme},
            // Nothing moves while it is judged or photographed.
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]})
    }
}
