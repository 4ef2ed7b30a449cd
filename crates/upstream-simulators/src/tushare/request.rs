//! A call as the vendor reads it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::Value;

use super::refusal::Refusal;

/// One call. Absent and empty parameters are the same: neither is in `params`.
pub(crate) struct Request {
    pub(crate) api: String,
    pub(crate) token: String,
    pub(crate) params: BTreeMap<String, String>,
    /// The wanted columns as sent.
    pub(crate) fields: String,
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    api_name: String,
    #[serde(default)]
    token: String,
    #[serde(default)]
    params: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    fields: Option<String>,
}

impl Request {
    /// Reads a body. The api in the path, where there is one, wins over the one in the body.
    pub(crate) fn parse(body: &[u8], api_of_path: Option<&str>) -> Result<Self, Refusal> {
        let body: Body =
            serde_json::from_slice(body).map_err(|error| Refusal::BadParameter(format!("请求不是JSON: {error}")))?;
        let mut params = BTreeMap::new();
        for (name, value) in body.params.unwrap_or_default() {
            let text = match value {
                Value::String(text) => text,
                Value::Null => String::new(),
                other => other.to_string(),
            };
            // The SDK sends its own address along; it selects nothing.
            if !text.is_empty() && name != "ts_type_name" {
                params.insert(name, text);
            }
        }
        let api = api_of_path.map_or(body.api_name, str::to_owned);
        Ok(Self { api, token: body.token, params, fields: body.fields.unwrap_or_default() })
    }

    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.params.get(name).map(String::as_str)
    }

    /// A `YYYYMMDD` parameter.
    pub(crate) fn date(&self, name: &str) -> Result<Option<NaiveDate>, Refusal> {
        let Some(text) = self.param(name) else { return Ok(None) };
        let eight_digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
        let date = if eight_digits { NaiveDate::parse_from_str(text, "%Y%m%d").ok() } else { None };
        date.map(Some).ok_or_else(|| Refusal::BadParameter(format!("{name}格式错误: {text}")))
    }

    /// `start_date` and `end_date`; the ends of time where they are absent.
    pub(crate) fn date_range(&self) -> Result<(NaiveDate, NaiveDate), Refusal> {
        let from = self.date("start_date")?.unwrap_or(NaiveDate::MIN);
        Ok((from, self.date("end_date")?.unwrap_or(NaiveDate::MAX)))
    }

    /// A count among the parameters (`limit`, `offset`).
    pub(crate) fn count(&self, name: &str) -> Result<Option<usize>, Refusal> {
        let Some(text) = self.param(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| Refusal::BadParameter(format!("{name}格式错误: {text}")))
    }

    /// Refuses a call that has none of these parameters.
    pub(crate) fn require_one_of(&self, names: &[&str]) -> Result<(), Refusal> {
        if names.iter().any(|name| self.params.contains_key(*name)) {
            return Ok(());
        }
        Err(Refusal::BadParameter(format!("{}至少输入一个参数", names.join(","))))
    }
}
