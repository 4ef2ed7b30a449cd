//! What goes wrong, and when: a handle that tests bend while the server runs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

/// One way to misbehave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AktoolsFault {
    /// HTTP 500, `Internal Server Error`: any exception inside akshare.
    ServerError,
    /// HTTP 404: the akshare behind the server does not have the function.
    UnknownFunction,
    /// HTTP 404: the function returned nothing.
    NoData,
    /// HTTP 404: a key was missing inside akshare.
    KeyError(String),
    /// HTTP 404 of a server that is no AKTools.
    NotFound,
    /// HTTP 401: something in front wants a login.
    Unauthorized,
    /// HTTP 429 of something in front, with these seconds in `retry-after`, or without the header.
    TooManyRequests(Option<u32>),
    /// HTTP 502 with a proxy's HTML page.
    HtmlBadGateway,
    /// HTTP 200 with an HTML page.
    HtmlOk,
    /// The answer comes after this many milliseconds.
    Slow(u64),
    /// The connection closes in the middle of the body.
    CutBody,
    /// The connection closes without an answer.
    Hangup,
    /// HTTP 200 and half of the JSON, the connection in order.
    Malformed,
    /// HTTP 200 and JSON that is no array.
    NotAnArray,
    /// An empty table.
    EmptyTable,
    /// A column comes under another name.
    RenameColumn {
        /// Its usual name.
        from: String,
        /// The name it comes under.
        to: String,
    },
    /// A column does not come.
    DropColumn(String),
    /// Two columns come under each other's names.
    SwapColumns(String, String),
    /// The columns come in the opposite order.
    ReverseColumns,
    /// Numbers come as texts.
    TextNumbers,
    /// The cell of a column in one row (counted from 0) comes as this text.
    Cell {
        /// Which row.
        row: usize,
        /// Which column.
        column: String,
        /// What stands there.
        text: String,
    },
    /// One row (counted from 0) comes twice, the second time with every number doubled.
    DifferingTwin(usize),
    /// One row (counted from 0) comes as a bare number.
    NotAnObject(usize),
}

/// A fault and the calls it befalls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AktoolsFaultRule {
    /// The function; absent = any.
    #[serde(default)]
    pub function: Option<String>,
    /// How many more calls; absent = all.
    #[serde(default)]
    pub calls: Option<u32>,
    /// What befalls them. Several rules that match one call all apply.
    pub fault: AktoolsFault,
}

/// The handle on a server's faults. Clones bend the same server.
#[derive(Debug, Clone, Default)]
pub struct AktoolsFaults(Arc<Mutex<Vec<AktoolsFaultRule>>>);

impl AktoolsFaults {
    /// `fault` befalls the next `calls` calls of `function` (`""` = of any).
    pub fn next(&self, calls: u32, function: &str, fault: AktoolsFault) {
        let function = (!function.is_empty()).then(|| function.to_owned());
        self.add(AktoolsFaultRule { function, calls: Some(calls), fault });
    }

    /// `fault` befalls every call of `function` (`""` = of any) until [`AktoolsFaults::clear`].
    pub fn always(&self, function: &str, fault: AktoolsFault) {
        let function = (!function.is_empty()).then(|| function.to_owned());
        self.add(AktoolsFaultRule { function, calls: None, fault });
    }

    /// Adds a rule.
    pub fn add(&self, rule: AktoolsFaultRule) {
        self.lock().push(rule);
    }

    /// The rules that still have calls left.
    pub fn rules(&self) -> Vec<AktoolsFaultRule> {
        self.lock().clone()
    }

    /// Ends all faults.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// The faults of the next call of `function`, which uses them up.
    pub(super) fn take(&self, function: &str) -> Vec<AktoolsFault> {
        let mut rules = self.lock();
        let mut faults = Vec::new();
        for rule in rules.iter_mut() {
            if rule.function.as_deref().is_some_and(|wanted| wanted != function) || rule.calls == Some(0) {
                continue;
            }
            rule.calls = rule.calls.map(|left| left - 1);
            faults.push(rule.fault.clone());
        }
        rules.retain(|rule| rule.calls != Some(0));
        faults
    }

    fn lock(&self) -> MutexGuard<'_, Vec<AktoolsFaultRule>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
