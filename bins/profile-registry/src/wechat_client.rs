//! WeChat Pay's order query: whether an order was paid whose notification never came.

use std::time::Duration;

use chrono::{DateTime, Utc};
use daemon_kit::{config::Secret, http};
use reqwest::{Client, StatusCode, header::AUTHORIZATION};
use ring::rand::{SecureRandom as _, SystemRandom};
use serde_json::Value;

use crate::wechat::{Merchant, OrderAnswer, SignatureHeaders, Verifier};

/// Bound on one request.
const TIMEOUT: Duration = Duration::from_secs(15);
/// No answer is longer.
const BODY_BYTES: usize = 64 << 10;

/// Why nobody knows about an order, by what the caller does about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryFailed {
    /// It cannot be asked, or cannot answer now: later.
    #[error("WeChat Pay does not answer: {0}")]
    Unavailable(String),
    /// It says no, or says what cannot be believed: somebody has to look.
    #[error("WeChat Pay is asked in vain: {0}")]
    Refused(String),
}

/// Asks WeChat Pay in the merchant's name.
#[derive(Debug)]
pub struct WechatClient {
    base: String,
    merchant: Merchant,
    verifier: Verifier,
    /// By which of its keys WeChat Pay shall sign.
    serial: String,
    client: Client,
}

impl WechatClient {
    /// WeChat Pay at `base`, without a slash at the end, whose answers `verifier` checks; they shall be signed by the key
    /// `serial`.
    ///
    /// # Errors
    /// When the machine's root certificates cannot be used.
    pub fn new(base: &str, merchant: Merchant, verifier: Verifier, serial: &str) -> Result<Self, reqwest::Error> {
        let defaults = http::ClientOptions::default();
        let options = http::ClientOptions { request_timeout: TIMEOUT, follow_redirects: false, ..defaults };
        let client = http::client(&options)?;
        Ok(Self { base: base.to_owned(), merchant, verifier, serial: serial.to_owned(), client })
    }

    /// What became of an order; `None` where WeChat Pay has never heard of it: the buyer has not got that far.
    ///
    /// # Errors
    /// [`QueryFailed`].
    pub async fn order(&self, out_trade_no: &str, now: DateTime<Utc>) -> Result<Option<OrderAnswer>, QueryFailed> {
        let refused = |why: &str| QueryFailed::Refused(why.to_owned());
        let target = format!("/v3/pay/transactions/out-trade-no/{out_trade_no}?mchid={}", self.merchant.mchid());
        let nonce = nonce().ok_or_else(|| refused("the system gives no random numbers"))?;
        let authorization = self.merchant.authorization(&target, &nonce, now);
        let authorization = Secret::new(authorization.ok_or_else(|| refused("the request cannot be signed"))?);
        let request = self.client.get(format!("{}{target}", self.base));
        let request = request.header(AUTHORIZATION, authorization.expose()).header("accept", "application/json");
        let request = request.header("wechatpay-serial", &self.serial);
        let response = request.send().await.map_err(|error| QueryFailed::Unavailable(http::reason(error)))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = read(response).await.map_err(|error| QueryFailed::Unavailable(http::reason(error)))?;
        if status != StatusCode::OK {
            let code =
                serde_json::from_slice::<Value>(&body).ok().and_then(|body| Some(body["code"].as_str()?.to_owned()));
            return match (status.as_u16(), code.as_deref()) {
                (404, Some("ORDER_NOT_EXIST" | "ORDERNOTEXIST")) => Ok(None),
                (408 | 429 | 500..=599, _) => Err(QueryFailed::Unavailable(format!("HTTP status {status}"))),
                (_, code) => {
                    let code: String =
                        code.unwrap_or_default().chars().filter(char::is_ascii_graphic).take(64).collect();
                    Err(QueryFailed::Refused(format!("HTTP status {status}, {code}")))
                }
            };
        }
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let signed = SignatureHeaders {
            serial: header("wechatpay-serial"),
            signature: header("wechatpay-signature"),
            timestamp: header("wechatpay-timestamp"),
            nonce: header("wechatpay-nonce"),
        };
        let answer = self.verifier.verify_order(signed, &body, now);
        let answer = answer.map_err(|problem| QueryFailed::Refused(format!("the answer is not taken: {problem}")))?;
        if answer.out_trade_no() == out_trade_no {
            Ok(Some(answer))
        } else {
            Err(refused("the answer is about another order"))
        }
    }
}

fn nonce() -> Option<String> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

async fn read(mut response: reqwest::Response) -> reqwest::Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > BODY_BYTES {
            break;
        }
    }
    Ok(body)
}
