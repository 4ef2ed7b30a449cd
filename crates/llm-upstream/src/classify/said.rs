//! What an error body says, in whichever form.

use serde_json::Value;

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Empty,
    /// A page, of a proxy or a firewall.
    Html,
    /// Bare text that is no JSON.
    Text,
    /// JSON: an object, or a bare string.
    Json,
}

/// What was read of a body.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) form: Form,
    pub(super) code: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) param: Option<String>,
    /// Empty where nothing was said.
    pub(super) message: String,
    /// A status that stands in the body.
    pub(super) status: Option<u16>,
    /// The message may be the caller's own words, sent back: a list of what is wrong with the request, or something
    /// about one of its fields. Nobody's account is parked for what a prompt says.
    pub(super) echoes: bool,
}

/// Longer messages are cut: some upstreams send the whole request back.
const MESSAGE_BYTES_MAX: usize = 2_000;
/// More of a body is not read for its error.
const BODY_BYTES_MAX: usize = 256 << 10;

impl Said {
    pub(super) fn read(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(&body[..body.len().min(BODY_BYTES_MAX)]);
        let text = text.trim();
        let mut said = if text.is_empty() {
            Self::plain(Form::Empty, "")
        } else if let Ok(value) = serde_json::from_str::<Value>(text) {
            Self::of_json(&value)
        } else if is_page(text) {
            Self::plain(Form::Html, title(text).unwrap_or_default())
        } else {
            Self::plain(Form::Text, text)
        };
        said.message.truncate(said.message.floor_char_boundary(MESSAGE_BYTES_MAX));
        said
    }

    fn plain(form: Form, message: &str) -> Self {
        Self { form, code: None, kind: None, param: None, message: message.to_owned(), status: None, echoes: false }
    }

    /// OpenAI's `{"error": {…}}`, one-api's `{"error": "…"}`, SiliconFlow's and native DashScope's `{"code", "message"}`,
    /// FastAPI's `{"detail": …}`, a bare string.
    fn of_json(value: &Value) -> Self {
        if let Value::String(text) = value {
            return Self::plain(Form::Json, text);
        }
        let error = match value.get("error") {
            Some(Value::String(text)) => return Self { code: word(value, "code"), ..Self::plain(Form::Json, text) },
            Some(error @ Value::Object(_)) => error,
            _ => value,
        };
        let mut messages = ["message", "msg", "detail", "error_msg", "errors"].iter().filter_map(|key| error.get(key));
        let (message, is_list) =
            messages.find_map(|value| Some((text(value)?, !value.is_string()))).unwrap_or_default();
        let code = word(error, "code").or_else(|| word(value, "code"));
        let status = [&error["status"], &error["status_code"], &error["code"]].into_iter().find_map(http_status);
        let param = word(error, "param");
        let echoes = is_list || param.as_deref().is_some_and(|param| param != "model");
        Self { form: Form::Json, kind: word(error, "type"), param, code, message, status, echoes }
    }

    /// The message, or what can be said where the upstream said nothing.
    pub(super) fn for_people(&self, status: Option<u16>) -> String {
        let answered =
            status.map_or_else(|| "reported an error".to_owned(), |status| format!("answered HTTP {status}"));
        match self.form {
            Form::Html if self.message.is_empty() => format!("the upstream {answered} with a page instead of an error"),
            Form::Html => format!("the upstream {answered} with a page: {}", self.message),
            _ if self.message.is_empty() => match &self.code {
                Some(code) => format!("the upstream {answered} ({code}) without a message"),
                None => format!("the upstream {answered} without a message"),
            },
            _ => self.message.clone(),
        }
    }
}

/// A text or a number that stands under a key; empty ones are none.
fn word(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        // FastAPI lists what is wrong; the list says it.
        other => Some(other.to_string()),
    }
}

fn http_status(value: &Value) -> Option<u16> {
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    u16::try_from(number).ok().filter(|status| (400..600).contains(status))
}

fn is_page(text: &str) -> bool {
    let start = text.get(..text.floor_char_boundary(64)).unwrap_or_default().to_ascii_lowercase();
    ["<!doctype", "<html", "<head", "<?xml", "<body", "<center", "<h1"].iter().any(|tag| start.starts_with(tag))
}

fn title(page: &str) -> Option<&str> {
    let lower = page.to_ascii_lowercase();
    let start = lower.find("<title>")? + "<title>".len();
    let end = lower[start..].find("</title>")? + start;
    page.get(start..end).map(str::trim)
}
