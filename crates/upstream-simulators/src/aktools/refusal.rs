//! The bodies of refusals, exactly as the server writes them.

use crate::{http::Reply, json::Json};

/// Why a call has no table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    UnknownFunction,
    NoData,
    /// A `KeyError` of this key.
    Key(String),
    /// Any other exception.
    Exception,
}

impl Refusal {
    pub(super) fn reply(&self) -> Reply {
        let help = "：https://akshare.akfamily.xyz";
        let upgrade = "请升级 AKShare 到最新版本并在文档中确认该接口的使用方式";
        match self {
            Self::UnknownFunction => not_found("error", &format!("未找到该接口，{upgrade}{help}")),
            Self::NoData => not_found("error", &format!("该接口返回数据为空，请确认参数是否正确{help}")),
            Self::Key(key) => not_found("error", &format!("请输入正确的参数错误 '{key}'，{upgrade}{help}")),
            Self::Exception => Reply::Text(500, "Internal Server Error"),
        }
    }

    pub(super) fn status(&self) -> u16 {
        if *self == Self::Exception { 500 } else { 404 }
    }
}

/// HTTP 404 with one text.
pub(super) fn not_found(name: &str, text: &str) -> Reply {
    Reply::JsonStatus(404, object(name, text))
}

/// `{"name":"text"}`
pub(super) fn object(name: &str, text: &str) -> Vec<u8> {
    let mut json = Json::with_capacity(256);
    json.raw("{");
    json.text(name);
    json.raw(":");
    json.text(text);
    json.raw("}");
    json.into_bytes()
}
