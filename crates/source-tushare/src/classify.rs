//! What a refusal means, by code **and** text: the vendor's codes are overloaded.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{Api, TushareError, beijing};

/// A business refusal (HTTP 200, `code` not 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    MinuteLimit,
    HourLimit,
    DayLimit,
    BadToken,
    TooManyIps,
    NoPermission,
    BadRequest,
    Unrecognised,
}

/// Judges a refusal. The rate patterns come first, because their texts mention permissions too.
pub(crate) fn classify(code: i64, message: &str) -> Refusal {
    let says = |patterns: &[&str]| patterns.iter().any(|pattern| message.contains(pattern));
    if says(&["每分钟", "次/分钟"]) {
        Refusal::MinuteLimit
    } else if says(&["每小时", "次/小时"]) {
        Refusal::HourLimit
    } else if says(&["每天", "每日", "次/天", "次/日"]) {
        Refusal::DayLimit
    } else if says(&["频率超限"]) {
        // A frequency without its period: the shortest one costs least to be wrong about.
        Refusal::MinuteLimit
    } else if code == 40101 || says(&["token"]) {
        Refusal::BadToken
    } else if code == 40204 || says(&["IP数量", "IP 数量"]) {
        Refusal::TooManyIps
    } else if says(&["没有接口", "没有访问", "权限"]) || matches!(code, 2002 | -2002) {
        Refusal::NoPermission
    } else if says(&["IP"]) {
        Refusal::TooManyIps
    } else if matches!(code, 40001 | -2001 | 40201) || says(&["参数", "接口名"]) {
        Refusal::BadRequest
    } else {
        Refusal::Unrecognised
    }
}

impl Refusal {
    /// The error a caller sees. `message` must be free of the token.
    pub(crate) fn into_error(self, api: Api, code: i64, message: String, now: DateTime<Utc>) -> TushareError {
        match self {
            Self::MinuteLimit => TushareError::MinuteLimit { api, after: now + TimeDelta::minutes(1) },
            Self::HourLimit => TushareError::HourLimit { api, after: now + TimeDelta::hours(1) },
            Self::DayLimit => TushareError::DayLimit { api, after: beijing::next_midnight(now) },
            Self::BadToken => TushareError::BadToken { message },
            Self::TooManyIps => TushareError::TooManyIps { message },
            Self::NoPermission => TushareError::NoPermission { api, message },
            Self::BadRequest => TushareError::BadRequest { api, code, message },
            Self::Unrecognised => TushareError::Unrecognised { api, code, message },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_refusal_is_told_apart_by_code_and_text() {
        let doc = "权限的具体详情访问：https://tushare.pro/document/1?doc_id=108。";
        let cases = [
            (40101, "您的token不对，请确认。".to_owned(), Refusal::BadToken),
            (40203, format!("抱歉，您没有接口(fund_daily)访问权限，{doc}"), Refusal::NoPermission),
            (40203, format!("抱歉，您每分钟最多访问该接口500次，{doc}"), Refusal::MinuteLimit),
            (40203, format!("抱歉，您访问接口(stk_limit)频率超限(400次/分钟)，{doc}"), Refusal::MinuteLimit),
            (40203, format!("抱歉，您每小时最多访问该接口10次，{doc}"), Refusal::HourLimit),
            (40203, format!("抱歉，您访问接口(stk_limit)频率超限(2次/小时)，{doc}"), Refusal::HourLimit),
            (40203, format!("抱歉，您每天最多访问该接口5次，{doc}"), Refusal::DayLimit),
            (40204, "您的IP数量超限，最大数量为2个！".to_owned(), Refusal::TooManyIps),
            (40001, "请指定正确的接口名".to_owned(), Refusal::BadRequest),
            (-2001, "参数校验失败".to_owned(), Refusal::BadRequest),
            (40201, "必填参数缺失".to_owned(), Refusal::BadRequest),
            (2002, "没有权限".to_owned(), Refusal::NoPermission),
            (-2002, String::new(), Refusal::NoPermission),
            (40101, String::new(), Refusal::BadToken),
            (50101, "系统繁忙".to_owned(), Refusal::Unrecognised),
        ];
        for (code, text, expected) in cases {
            assert_eq!(classify(code, &text), expected, "{code} {text}");
        }
    }

    #[test]
    fn a_known_text_counts_under_an_unknown_code() {
        assert_eq!(classify(-1, "您的token不对，请确认。"), Refusal::BadToken);
        assert_eq!(classify(40299, "抱歉，您每分钟最多访问该接口80次"), Refusal::MinuteLimit);
    }
}
