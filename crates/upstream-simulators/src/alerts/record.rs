//! What came.

use serde_json::Value;

use super::form::AlertForm;

/// One message, as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct ReceivedAlert {
    /// Through which door.
    pub form: AlertForm,
    /// The body; null where it was no JSON.
    pub body: Value,
    /// What a person reads: the text of the message, or the whole body of a webhook.
    pub text: String,
    /// Whether it was taken. A sender that is told no, or nothing, sends it again.
    pub taken: bool,
}
