//! What the browser has noted down: lines of its console, cookies.

use serde_json::Value;

/// A line of the browser's console: scripts' errors, refusals of the content policy, resources that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// `SEVERE`, `WARNING`, `INFO`, …
    pub level: String,
    /// The text, with its source.
    pub message: String,
}

impl Said {
    pub(super) fn from_log(entry: &Value) -> Self {
        let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        Self { level: text("level"), message: text("message") }
    }

    /// Whether a person who develops the page would have to do something about it.
    pub fn is_a_fault(&self) -> bool {
        matches!(self.level.as_str(), "SEVERE" | "WARNING")
    }
}

/// A cookie as the browser keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cookie {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Whether scripts cannot read it.
    pub http_only: bool,
    /// `Strict`, `Lax`, `None`; empty where the server did not say.
    pub same_site: String,
    /// Where it is sent.
    pub path: String,
}

impl Cookie {
    pub(super) fn from_devtools(entry: &Value) -> Self {
        let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        Self {
            name: text("name"),
            value: text("value"),
            http_only: entry["httpOnly"].as_bool().unwrap_or_default(),
            same_site: text("sameSite"),
            path: text("path"),
        }
    }
}

/// The address of a request that a line of the performance log tells of.
pub(super) fn requested(entry: &Value) -> Option<String> {
    let message: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
    let message = &message["message"];
    (message["method"] == "Network.requestWillBeSent")
        .then(|| message["params"]["request"]["url"].as_str())?
        .map(str::to_owned)
}
