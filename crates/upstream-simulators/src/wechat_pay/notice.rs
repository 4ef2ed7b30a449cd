//! One notification: its resource sealed with AES-256-GCM, the whole signed with RSA and SHA-256.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde_json::{Value, json};

use super::{API_V3_KEY, KEY, SERIAL};

/// What somebody paid.
#[derive(Clone, Copy, Debug)]
pub struct WechatPayment<'a> {
    /// The merchant's number of the order.
    pub out_trade_no: &'a str,
    /// WeChat's number of the payment.
    pub transaction_id: &'a str,
    /// What the app calls the payer.
    pub openid: &'a str,
    /// Hundredths of a yuan.
    pub amount_fen: u64,
}

/// A notification as it is posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WechatNotice {
    /// The headers that sign it.
    pub headers: Vec<(&'static str, String)>,
    /// The body, byte for byte what was signed.
    pub body: Vec<u8>,
}

pub(super) struct Parts<'a> {
    pub(super) event: &'a str,
    pub(super) about: &'a str,
    pub(super) content: &'a Value,
    pub(super) at: DateTime<Utc>,
    pub(super) number: u64,
}

/// # Panics
/// Never with the keys of this simulator.
#[expect(clippy::expect_used, reason = "the keys are constants")]
pub(super) fn signed(parts: &Parts<'_>) -> WechatNotice {
    let Parts { event, about, content, at, number } = parts;
    // Twelve characters, another one each time.
    let nonce = format!("{number:0>NONCE_LEN$}");
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, API_V3_KEY.as_bytes()).expect("32 bytes"));
    let mut sealed = content.to_string().into_bytes();
    let unique = Nonce::try_assume_unique_for_key(nonce.as_bytes()).expect("12 bytes");
    key.seal_in_place_append_tag(unique, Aad::from(about.as_bytes()), &mut sealed).expect("a short text");
    let body = json!({
        "id": format!("EV-{number}"),
        "create_time": at.to_rfc3339(),
        "resource_type": "encrypt-resource",
        "event_type": event,
        "summary": event,
        "resource": {
            "original_type": about,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": BASE64_STANDARD.encode(sealed),
            "associated_data": about,
            "nonce": nonce,
        },
    });
    let (body, timestamp) = (body.to_string().into_bytes(), at.timestamp().to_string());
    let message = [timestamp.as_bytes(), b"\n", nonce.as_bytes(), b"\n", &body, b"\n"].concat();
    let pair = RsaKeyPair::from_pkcs8(KEY).expect("a key pair");
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &message, &mut signature).expect("a signature");
    let headers = vec![
        ("wechatpay-serial", SERIAL.to_owned()),
        ("wechatpay-signature", BASE64_STANDARD.encode(signature)),
        ("wechatpay-timestamp", timestamp),
        ("wechatpay-nonce", nonce),
        ("wechatpay-signature-type", "WECHATPAY2-SHA256-RSA2048".to_owned()),
    ];
    WechatNotice { headers, body }
}

#[cfg(test)]
mod tests {
    use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

    use super::*;
    use crate::wechat_pay::WechatPay;

    fn payment() -> WechatPayment<'static> {
        WechatPayment { out_trade_no: "T-000001", transaction_id: "4200000001", openid: "oA", amount_fen: 100 }
    }

    #[test]
    fn a_notice_is_signed_over_its_own_bytes_and_opens_with_the_merchants_key() {
        let at = DateTime::from_timestamp(1_795_420_800, 0).unwrap();
        let notice = WechatPay::default().paid(&payment(), at);
        let header = |name: &str| notice.headers.iter().find(|(have, _)| *have == name).unwrap().1.clone();
        let message =
            [header("wechatpay-timestamp").as_bytes(), b"\n", header("wechatpay-nonce").as_bytes(), b"\n"].concat();
        let message = [message.as_slice(), &notice.body, b"\n"].concat();
        let pair = RsaKeyPair::from_pkcs8(KEY).unwrap();
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public());
        let signature = BASE64_STANDARD.decode(header("wechatpay-signature")).unwrap();
        public.verify(&message, &signature).unwrap();

        let body: Value = serde_json::from_slice(&notice.body).unwrap();
        let mut sealed = BASE64_STANDARD.decode(body["resource"]["ciphertext"].as_str().unwrap()).unwrap();
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, API_V3_KEY.as_bytes()).unwrap());
        let nonce = Nonce::try_assume_unique_for_key(header("wechatpay-nonce").as_bytes()).unwrap();
        let opened = key.open_in_place(nonce, Aad::from(b"transaction"), &mut sealed).unwrap();
        let content: Value = serde_json::from_slice(opened).unwrap();
        assert_eq!((&content["out_trade_no"], &content["amount"]["total"]), (&json!("T-000001"), &json!(100)));
    }

    #[test]
    fn no_two_notices_share_a_nonce() {
        let (wechat, at) = (WechatPay::default(), DateTime::from_timestamp(1_795_420_800, 0).unwrap());
        let (one, other) = (wechat.paid(&payment(), at), wechat.refunded(&payment(), "5000", at));
        assert_ne!(one.headers[3], other.headers[3]);
    }
}
