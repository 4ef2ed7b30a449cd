//! WeChat Pay as a merchant hears of it: notifications of API v3, sealed and signed.
//!
//! It sends nothing by itself: a test or the demo takes a [`WechatNotice`] and posts it, as often as it likes. Its key pair
//! was made for this simulator and opens nothing else.

mod notice;

pub use notice::{WechatNotice, WechatPayment};

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

const KEY: &[u8] = include_bytes!("wechat_pay/data/simulated-key.der");
const PUBLIC_KEY: &str = include_str!("wechat_pay/data/simulated-public-key.pem");
const SERIAL: &str = "PUB_KEY_ID_0100000000002026";
const API_V3_KEY: &str = "simulated-merchant-api-v3-key-32";

/// WeChat Pay with one merchant.
#[derive(Debug)]
pub struct WechatPay {
    appid: String,
    mchid: String,
    sent: AtomicU64,
}

impl Default for WechatPay {
    fn default() -> Self {
        Self { appid: "wx00000000000demo1".to_owned(), mchid: "1900000001".to_owned(), sent: AtomicU64::new(0) }
    }
}

impl WechatPay {
    /// What notifications are signed with, as the merchant's server has to have it.
    pub fn public_key_pem(&self) -> &'static str {
        PUBLIC_KEY
    }

    /// The merchant's section in `twilight.toml`, where the public key lies in the file `key`.
    pub fn configuration(&self, key: &str) -> String {
        let Self { appid, mchid, .. } = self;
        format!(
            "\n[profile-registry.wechat]\nappid = \"{appid}\"\nmchid = \"{mchid}\"\napi_v3_key = \"{API_V3_KEY}\"\n\
             \n[[profile-registry.wechat.keys]]\nserial = \"{SERIAL}\"\nfile = \"{key}\"\n"
        )
    }

    /// The owner that a payer becomes.
    pub fn owner(&self, openid: &str) -> String {
        format!("wx:{}:{openid}", self.appid)
    }

    /// Somebody has paid.
    pub fn paid(&self, payment: &WechatPayment<'_>, at: DateTime<Utc>) -> WechatNotice {
        let content = json!({
            "appid": self.appid,
            "mchid": self.mchid,
            "out_trade_no": payment.out_trade_no,
            "transaction_id": payment.transaction_id,
            "trade_type": "JSAPI",
            "trade_state": "SUCCESS",
            "trade_state_desc": "支付成功",
            "bank_type": "OTHERS",
            "success_time": at.to_rfc3339(),
            "payer": {"openid": payment.openid},
            "amount": {
                "total": payment.amount_fen,
                "payer_total": payment.amount_fen,
                "currency": "CNY",
                "payer_currency": "CNY",
            },
        });
        self.notice("TRANSACTION.SUCCESS", "transaction", &content, at)
    }

    /// All of a payment went back.
    pub fn refunded(&self, payment: &WechatPayment<'_>, refund_id: &str, at: DateTime<Utc>) -> WechatNotice {
        let content = json!({
            "mchid": self.mchid,
            "out_trade_no": payment.out_trade_no,
            "transaction_id": payment.transaction_id,
            "out_refund_no": format!("R{}", payment.out_trade_no),
            "refund_id": refund_id,
            "refund_status": "SUCCESS",
            "success_time": at.to_rfc3339(),
            "user_received_account": "支付用户零钱",
            "amount": {
                "total": payment.amount_fen,
                "refund": payment.amount_fen,
                "payer_total": payment.amount_fen,
                "payer_refund": payment.amount_fen,
            },
        });
        self.notice("REFUND.SUCCESS", "refund", &content, at)
    }

    fn notice(&self, event: &str, about: &str, content: &Value, at: DateTime<Utc>) -> WechatNotice {
        let number = self.sent.fetch_add(1, Ordering::AcqRel);
        notice::signed(&notice::Parts { event, about, content, at, number })
    }
}
