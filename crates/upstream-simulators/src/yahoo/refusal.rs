//! What Yahoo says instead of a chart.

use serde_json::json;

/// A refusal with its status and body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    NotFound,
    /// Nothing in the range.
    NoData {
        from: i64,
        to: i64,
    },
    /// The interval is not offered.
    BadInterval(String),
    /// Intraday bars are kept for two months.
    IntradayTooOld {
        interval: String,
        from: i64,
        to: i64,
    },
    BadRequest(&'static str),
    InvalidCrumb,
    /// A text, not JSON.
    TooManyRequests,
}

impl Refusal {
    pub(super) fn status(&self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::NoData { .. } | Self::BadRequest(_) => 400,
            Self::BadInterval(_) | Self::IntradayTooOld { .. } => 422,
            Self::InvalidCrumb => 401,
            Self::TooManyRequests => 429,
        }
    }

    /// The body and whether it is JSON.
    pub(super) fn body(&self) -> (Vec<u8>, bool) {
        let (section, code, description) = match self {
            Self::TooManyRequests => return (b"Edge: Too Many Requests".to_vec(), false),
            Self::NotFound => ("chart", "Not Found", "No data found, symbol may be delisted".to_owned()),
            Self::NoData { from, to } => {
                ("chart", "Bad Request", format!("Data doesn't exist for startDate = {from}, endDate = {to}"))
            }
            Self::BadInterval(interval) => (
                "chart",
                "Unprocessable Entity",
                format!(
                    "Invalid input - interval={interval} is not supported. Valid intervals: [1m, 2m, 5m, 15m, 30m, 60m, \
                     90m, 1h, 1d, 5d, 1wk, 1mo, 3mo]"
                ),
            ),
            Self::IntradayTooOld { interval, from, to } => (
                "chart",
                "Unprocessable Entity",
                format!(
                    "{interval} data not available for startTime={from} and endTime={to}. The requested range must be \
                     within the last 60 days."
                ),
            ),
            Self::BadRequest(text) => ("chart", "Bad Request", (*text).to_owned()),
            Self::InvalidCrumb => ("finance", "Unauthorized", "Invalid Crumb".to_owned()),
        };
        let body = json!({ section: { "result": null, "error": { "code": code, "description": description } } });
        (body.to_string().into_bytes(), true)
    }
}
