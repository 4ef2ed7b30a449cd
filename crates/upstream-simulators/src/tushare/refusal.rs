//! The business errors of the vendor: a code and a Chinese text in an answer with HTTP status 200.

use serde::{Deserialize, Serialize};

/// Why the vendor refuses a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// 40101: the token is unknown.
    BadToken,
    /// 40203: the token may not call the api.
    NoPermission,
    /// 2002: the same on older hosts.
    NoPermissionOldHost,
    /// 40203: too many calls in this minute; the number is the limit.
    PerMinute(u32),
    /// 40203: the same in the newer wording.
    PerMinuteNewWording(u32),
    /// 40203: too many calls in this hour.
    PerHour(u32),
    /// 40203: too many calls on this day.
    PerDay(u32),
    /// 40204: too many client addresses.
    TooManyAddresses,
    /// 40001: no such api.
    UnknownApi,
    /// -2001: a parameter is missing or malformed; the text says which.
    BadParameter(String),
}

const DETAILS: &str = "权限的具体详情访问：https://tushare.pro/document/1?doc_id=108。";

impl Refusal {
    /// The `code` of the answer.
    pub fn code(&self) -> i64 {
        match self {
            Self::BadToken => 40101,
            Self::NoPermission
            | Self::PerMinute(_)
            | Self::PerMinuteNewWording(_)
            | Self::PerHour(_)
            | Self::PerDay(_) => 40203,
            Self::NoPermissionOldHost => 2002,
            Self::TooManyAddresses => 40204,
            Self::UnknownApi => 40001,
            Self::BadParameter(_) => -2001,
        }
    }

    /// The `msg` of the answer to a call of `api`.
    pub fn message(&self, api: &str) -> String {
        match self {
            Self::BadToken => "您的token不对，请确认。".to_owned(),
            Self::NoPermission => format!("抱歉，您没有接口({api})访问权限，{DETAILS}"),
            Self::NoPermissionOldHost => format!("抱歉，您没有访问该接口的权限，{DETAILS}"),
            Self::PerMinute(limit) => format!("抱歉，您每分钟最多访问该接口{limit}次，{DETAILS}"),
            Self::PerMinuteNewWording(limit) => format!("抱歉，您访问接口({api})频率超限({limit}次/分钟)，{DETAILS}"),
            Self::PerHour(limit) => format!("抱歉，您每小时最多访问该接口{limit}次，{DETAILS}"),
            Self::PerDay(limit) => format!("抱歉，您每天最多访问该接口{limit}次，{DETAILS}"),
            Self::TooManyAddresses => "您的IP数量超限，最大数量为2个！".to_owned(),
            Self::UnknownApi => "请指定正确的接口名".to_owned(),
            Self::BadParameter(what) => format!("参数校验失败，{what}"),
        }
    }
}
