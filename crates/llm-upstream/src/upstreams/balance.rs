//! What is left in an account.

use std::sync::Arc;

use hyper::StatusCode;
use route_policy::Cny;
use serde_json::Value;

use super::{pool::Pools, probe::ask};
use crate::{Refused, Target, classify::classify_success};

/// A balance that was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BalanceError {
    /// The provider refused to tell.
    #[error("the upstream refused to tell its balance: {}", .0.error.message)]
    Refused(Box<Refused>),
    /// It did not answer.
    #[error("{error}")]
    Unreachable {
        /// Why.
        error: String,
    },
    /// It answered something else than a balance.
    #[error("the upstream's answer holds no balance: {problem}")]
    Unreadable {
        /// What was found.
        problem: String,
    },
}

pub(super) async fn balance(pools: Arc<Pools>, target: Target) -> Result<Option<Cny>, BalanceError> {
    let Some(place) = target.balance() else { return Ok(None) };
    let asked = ask(&pools, &target, place).await;
    let (status, headers, body) = asked.map_err(|error| BalanceError::Unreachable { error })?;
    if matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE) {
        // SiliconFlow announced in 2026 that this question will have no answer any more.
        return Ok(None);
    }
    if !status.is_success() {
        return Err(BalanceError::Refused(Box::new(target.classify(status, &headers, &body))));
    }
    if let Some(refused) = classify_success(target.dialect(), &body) {
        return Err(BalanceError::Refused(Box::new(target.without_key(refused))));
    }
    read(&body).map(Some)
}

/// `{"data": {"totalBalance": "88.00", …}}`. The field `balance` beside it is only the part that was given for free.
fn read(body: &[u8]) -> Result<Cny, BalanceError> {
    let unreadable = |problem: String| BalanceError::Unreadable { problem };
    let value: Value = serde_json::from_slice(body).map_err(|error| unreadable(error.to_string()))?;
    let text = match &value["data"]["totalBalance"] {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return Err(unreadable("no data.totalBalance".to_owned())),
    };
    // More decimals than we count in are cut off.
    let text = match text.split_once('.') {
        Some((yuan, decimals)) if decimals.len() > 9 && decimals.is_ascii() => format!("{yuan}.{}", &decimals[..9]),
        _ => text,
    };
    text.parse().map_err(|error: route_policy::CnyError| unreadable(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_the_balance_not_its_free_part() {
        let body = br#"{"code":20000,"message":"OK","status":true,"data":{"balance":"0.88","chargeBalance":"88.00","totalBalance":"88.88"}}"#;
        assert_eq!(read(body), Ok("88.88".parse().unwrap()));
        assert_eq!(read(br#"{"data":{"totalBalance":-1.5}}"#), Ok("-1.5".parse().unwrap()));
        assert_eq!(read(br#"{"data":{"totalBalance":"0.12345678901"}}"#), Ok("0.123456789".parse().unwrap()));
    }

    #[test]
    fn anything_else_is_unreadable_not_zero() {
        for body in ["", "{}", r#"{"data":null}"#, r#"{"data":{"totalBalance":"much"}}"#, r#"{"data":{"balance":"1"}}"#]
        {
            assert!(matches!(read(body.as_bytes()), Err(BalanceError::Unreadable { .. })), "{body}");
        }
    }
}
