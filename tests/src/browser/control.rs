//! Finding what somebody can use: by role and accessible name, as a screen reader announces it.

use std::fmt::{Display, Formatter};

use fantoccini::{elements::Element, error::CmdError};
use serde_json::{Value, json};

use super::Browser;

const FIND: &str = include_str!("control.js");

/// A control of a page, by role and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    role: &'static str,
    name: String,
    within: Option<String>,
}

impl Control {
    /// A button, of whatever element it is made.
    pub fn button(name: impl Into<String>) -> Self {
        Self { role: "button", name: name.into(), within: None }
    }

    /// A link.
    pub fn link(name: impl Into<String>) -> Self {
        Self { role: "link", name: name.into(), within: None }
    }

    /// Whatever takes a text, a number, a day or a password.
    pub fn field(name: impl Into<String>) -> Self {
        Self { role: "field", name: name.into(), within: None }
    }

    /// A list to choose from.
    pub fn list(name: impl Into<String>) -> Self {
        Self { role: "list", name: name.into(), within: None }
    }

    /// A box to tick.
    pub fn tick(name: impl Into<String>) -> Self {
        Self { role: "tick", name: name.into(), within: None }
    }

    /// What opens a `<details>`.
    pub fn summary(name: impl Into<String>) -> Self {
        Self { role: "summary", name: name.into(), within: None }
    }

    /// The one inside the smallest row, item, form or section that says `text`.
    #[must_use]
    pub fn within(mut self, text: impl Into<String>) -> Self {
        self.within = Some(text.into());
        self
    }

    fn arguments(&self) -> Vec<Value> {
        vec![json!(self.role), json!(self.name), json!(self.within)]
    }
}

impl Display for Control {
    fn fmt(&self, to: &mut Formatter<'_>) -> std::fmt::Result {
        write!(to, "{} “{}”", self.role, self.name)?;
        self.within.as_ref().map_or(Ok(()), |text| write!(to, " within “{text}”"))
    }
}

impl Browser {
    /// The control if it is there now; what is there instead if it is not.
    pub(super) async fn look_for(&self, control: &Control) -> Result<Result<Element, Value>, CmdError> {
        let found = self.client().execute(FIND, control.arguments()).await?;
        // The standard's name for a reference to an element.
        let reference = found["element"]["element-6066-11e4-a52e-4f735466cecf"].as_str().map(str::to_owned);
        let element = |reference: String| Element::from_element_id(self.client().clone(), reference.into());
        Ok(reference.map(element).ok_or_else(|| found["instead"].clone()))
    }
}
