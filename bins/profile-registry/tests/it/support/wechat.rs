//! WeChat Pay, as it notifies.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde_json::{Value, json};

use super::{Answer, Running};

/// A key pair made for tests; it opens nothing else.
pub(crate) const KEY: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/identity/wechat/notification/data/test-key.der"));
const PUBLIC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/identity/wechat/notification/data/test-public-key.pem");
const API_V3: &str = "0123456789abcdef0123456789abcdef";
const SERIAL: &str = "PUB_KEY_ID_0116788888882026";

/// What a merchant configures, with a product that costs 199 yuan.
pub(crate) fn merchant() -> String {
    format!(
        "anonymous_per_minute = 1000\n\
         [[profile-registry.products]]\nname = \"stock-pro\"\ntemplate = \"template-stock-research-pro\"\n\
         amount_fen = 19900\n\
         [profile-registry.wechat]\nappid = \"wx24\"\nmchid = \"1230\"\napi_v3_key = \"{API_V3}\"\n\
         [[profile-registry.wechat.keys]]\nserial = \"{SERIAL}\"\nfile = \"{PUBLIC}\"\n"
    )
}

/// A notification before it is sent.
#[derive(Clone)]
pub(crate) struct Notice {
    pub(crate) body: Vec<u8>,
    pub(crate) signature: String,
    pub(crate) timestamp: String,
}

impl Notice {
    /// As WeChat signs and seals it.
    pub(crate) fn of(event: &str, content: &Value, at: DateTime<Utc>) -> Self {
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, API_V3.as_bytes()).unwrap());
        let mut sealed = content.to_string().into_bytes();
        let nonce = Nonce::try_assume_unique_for_key(b"abcdefghijkl").unwrap();
        key.seal_in_place_append_tag(nonce, Aad::from(b"transaction"), &mut sealed).unwrap();
        let resource = json!({"algorithm": "AEAD_AES_256_GCM", "nonce": "abcdefghijkl",
            "associated_data": "transaction", "ciphertext": BASE64_STANDARD.encode(sealed)});
        let body = json!({"id": "EV-1", "event_type": event, "resource": resource}).to_string().into_bytes();
        let timestamp = at.timestamp().to_string();
        let pair = RsaKeyPair::from_pkcs8(KEY).unwrap();
        let message = [timestamp.as_bytes(), b"\nnonce1\n", &body, b"\n"].concat();
        let mut signature = vec![0; pair.public().modulus_len()];
        pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &message, &mut signature).unwrap();
        Self { body, signature: BASE64_STANDARD.encode(signature), timestamp }
    }

    /// A payment of an order.
    pub(crate) fn paid(order: &str, transaction: &str, fen: u64, at: DateTime<Utc>) -> Self {
        let content = json!({"appid": "wx24", "mchid": "1230", "out_trade_no": order, "transaction_id": transaction,
            "trade_state": "SUCCESS", "success_time": at.to_rfc3339(), "payer": {"openid": "oUpF8uMuAJO"},
            "amount": {"total": fen, "currency": "CNY"}});
        Self::of("TRANSACTION.SUCCESS", &content, at)
    }

    pub(crate) async fn send(&self, registry: &Running) -> Answer {
        let request = registry.request(reqwest::Method::POST, "/payments/wechat", None);
        let request = request
            .header("wechatpay-serial", SERIAL)
            .header("wechatpay-signature", &self.signature)
            .header("wechatpay-timestamp", &self.timestamp)
            .header("wechatpay-nonce", "nonce1")
            .body(self.body.clone());
        Answer::read(request.send().await.unwrap()).await
    }
}

/// An answer to a request of the merchant's, as WeChat signs it.
pub(crate) fn signed_answer(content: &Value, at: DateTime<Utc>) -> axum::response::Response {
    let (body, timestamp) = (content.to_string(), at.timestamp().to_string());
    let pair = RsaKeyPair::from_pkcs8(KEY).unwrap();
    let mut signature = vec![0; pair.public().modulus_len()];
    let message = format!("{timestamp}\nnonce1\n{body}\n");
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
    let headers = [
        ("wechatpay-serial", SERIAL.to_owned()),
        ("wechatpay-signature", BASE64_STANDARD.encode(signature)),
        ("wechatpay-timestamp", timestamp),
        ("wechatpay-nonce", "nonce1".to_owned()),
    ];
    axum::response::IntoResponse::into_response((headers, body))
}
