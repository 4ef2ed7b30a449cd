//! What an answer with another status than 200 means. The server says most with 404 and a Chinese text.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use crate::{AktoolsError, transport::Response};

/// The wait where a refusal for too many calls names none.
const PAUSE: TimeDelta = TimeDelta::minutes(1);

/// The longest wait that is believed: the tables change every day, and a slip of the pen must not end the asking.
const PAUSE_MAX_S: u32 = 86_400;

/// What follows from a response that is not a success.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Worth another attempt.
    Transient(String),
    /// The server answered, and the answer is no.
    Final(AktoolsError),
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

/// Judges a response with a status other than 200.
pub(crate) fn classify(function: &'static str, response: &Response, now: DateTime<Utc>) -> Failure {
    let status = response.status;
    match status {
        404 | 422 => Failure::Final(refused(function, status, &response.body)),
        401 | 403 => Failure::Final(AktoolsError::Refused { function, status }),
        429 => {
            let wait =
                response.retry_after_s.map_or(PAUSE, |seconds| TimeDelta::seconds(i64::from(seconds.min(PAUSE_MAX_S))));
            Failure::Final(AktoolsError::Throttled { function, after: now + wait })
        }
        // 500 is any exception inside akshare, a time-out of the site behind it above all.
        _ => Failure::Transient(format!("HTTP status {status}")),
    }
}

fn refused(function: &'static str, status: u16, body: &[u8]) -> AktoolsError {
    let text = match serde_json::from_slice::<Refusal>(body) {
        Ok(refusal) => refusal.error,
        Err(_) => beginning(body),
    };
    let says = |pattern: &str| text.contains(pattern);
    if status == 422 || says("请输入正确的参数错误") {
        AktoolsError::BadParameter { function, message: text }
    } else if says("未找到该接口") {
        AktoolsError::UnknownFunction { function, message: text }
    } else if says("返回数据为空") {
        AktoolsError::NoData { function, pages: Vec::new() }
    } else {
        AktoolsError::Unrecognised { function, status, message: text }
    }
}

/// Enough of a body to recognise it by.
fn beginning(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().filter(|c| !c.is_control()).take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Decision;

    const HELP: &str = "：https://akshare.akfamily.xyz";

    #[test]
    fn nobody_waits_for_longer_than_a_day() {
        let now = "2026-10-05T19:00:00Z".parse().unwrap();
        let response = Response { status: 429, retry_after_s: Some(u32::MAX), body: Vec::new() };
        let Failure::Final(error) = classify("macro_china_lpr", &response, now) else { panic!() };
        assert_eq!(error.decision(), Decision::RetryAt(now + TimeDelta::days(1)));
    }

    fn answer(status: u16, body: &str) -> Failure {
        let response = Response { status, retry_after_s: Some(30), body: body.as_bytes().to_vec() };
        classify("macro_china_lpr", &response, "2026-10-05T19:00:00Z".parse().unwrap())
    }

    fn error(status: u16, body: &str) -> AktoolsError {
        match answer(status, body) {
            Failure::Final(error) => error,
            Failure::Transient(detail) => panic!("{status} is transient: {detail}"),
        }
    }

    #[test]
    fn the_three_texts_of_a_404_are_told_apart() {
        let unknown =
            format!("{{\"error\":\"未找到该接口，请升级 AKShare 到最新版本并在文档中确认该接口的使用方式{HELP}\"}}");
        assert!(matches!(error(404, &unknown), AktoolsError::UnknownFunction { .. }));
        let empty = format!("{{\"error\":\"该接口返回数据为空，请确认参数是否正确{HELP}\"}}");
        assert!(matches!(error(404, &empty), AktoolsError::NoData { .. }));
        let key = format!(
            "{{\"error\":\"请输入正确的参数错误 'data'，请升级 AKShare 到最新版本并在文档中确认该接口的使用方式{HELP}\"}}"
        );
        let AktoolsError::BadParameter { message, .. } = error(404, &key) else { panic!() };
        assert!(message.starts_with("请输入正确的参数错误 'data'"));
    }

    #[test]
    fn a_404_of_another_server_is_unrecognised_and_shown_in_part() {
        for body in ["{\"detail\":\"Not Found\"}", "<html>404</html>", ""] {
            let AktoolsError::Unrecognised { status: 404, message, .. } = error(404, body) else { panic!("{body}") };
            assert_eq!(message, body);
        }
        let AktoolsError::Unrecognised { message, .. } = error(404, &"字".repeat(500)) else { panic!() };
        assert_eq!(message.chars().count(), 120);
    }

    #[test]
    fn errors_of_the_server_are_worth_another_attempt_and_the_rest_is_a_decision() {
        for status in [500, 502, 503, 504, 302] {
            assert!(matches!(answer(status, "Internal Server Error"), Failure::Transient(_)), "{status}");
        }
        assert_eq!(error(429, "").decision(), Decision::RetryAt("2026-10-05T19:00:30Z".parse().unwrap()));
        for (status, decision) in [(401, Decision::Stop), (403, Decision::Stop), (422, Decision::Stop)] {
            assert_eq!(error(status, "").decision(), decision, "{status}");
        }
        assert_eq!(error(404, "{\"error\":\"该接口返回数据为空\"}").decision(), Decision::RetryLater);
    }
}
