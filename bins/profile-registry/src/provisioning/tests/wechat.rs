//! A stand-in of WeChat Pay's order query: it checks the merchant's signature, and signs what it answers.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::{OriginalUri, Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::get,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use daemon_kit::clock::Clock;
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use rustls_pki_types::{SubjectPublicKeyInfoDer, pem::PemObject as _};
use serde_json::{Value, json};
use webpki::{RawPublicKeyEntity, ring::RSA_PKCS1_2048_8192_SHA256};

use super::{super::Asking, world::PRICE};
use crate::{
    WechatClient,
    wechat::{Merchant, TrustedKeys, Verifier},
};

/// A key pair made for tests; it opens nothing else. Here both sides have it.
const KEY: &[u8] = include_bytes!("../../identity/wechat/notification/data/test-key.der");
const PUBLIC: &[u8] = include_bytes!("../../identity/wechat/notification/data/test-public-key.pem");
const SERIAL: &str = "PUB_KEY_ID_0116788888882026";

#[derive(Clone)]
pub(super) struct Pay(Arc<Mutex<Inner>>, Clock);

#[derive(Default)]
struct Inner {
    orders: BTreeMap<String, Value>,
    asked: Vec<String>,
    /// Answered to everything, while it is set.
    broken: Option<u16>,
    is_forging: bool,
}

impl Pay {
    pub(super) fn new(clock: &Clock) -> Self {
        Self(Arc::default(), clock.clone())
    }

    /// Serves; what asks it.
    pub(super) async fn serve(&self) -> Asking {
        let app =
            Router::new().route("/v3/pay/transactions/out-trade-no/{number}", get(answer)).with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let mut keys = TrustedKeys::new();
        keys.add(SERIAL, PUBLIC).unwrap();
        let verifier = Verifier::new(keys, "0123456789abcdef0123456789abcdef", "wx24", "1230").unwrap();
        let pem = BASE64_STANDARD.encode(KEY);
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{pem}\n-----END PRIVATE KEY-----\n");
        let merchant = Merchant::new("1230", "5157F0", &pem).unwrap();
        Asking { client: WechatClient::new(&base, merchant, verifier, SERIAL).unwrap(), appid: "wx24".to_owned() }
    }

    /// The state of an order there; `SUCCESS` is paid in full.
    pub(super) fn set(&self, number: &str, state: &str, at: DateTime<Utc>) {
        let mut order = json!({"appid": "wx24", "mchid": "1230", "out_trade_no": number, "trade_state": state,
            "trade_state_desc": "said for people"});
        if state == "SUCCESS" {
            order["transaction_id"] = json!(format!("42-{number}"));
            order["success_time"] = json!(at.to_rfc3339());
            order["payer"] = json!({"openid": "oAbC-1"});
            order["amount"] = json!({"total": PRICE, "payer_total": PRICE, "currency": "CNY"});
        }
        self.put(number, order);
    }

    pub(super) fn put(&self, number: &str, order: Value) {
        self.0.lock().unwrap().orders.insert(number.to_owned(), order);
    }

    pub(super) fn breaks(&self, status: Option<u16>) {
        self.0.lock().unwrap().broken = status;
    }

    pub(super) fn forges(&self) {
        self.0.lock().unwrap().is_forging = true;
    }

    /// The orders that were asked about since this was last called.
    pub(super) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().asked)
    }
}

async fn answer(
    State(pay): State<Pay>,
    Path(number): Path<String>,
    OriginalUri(target): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let mut inner = pay.0.lock().unwrap();
    inner.asked.push(number.clone());
    let fail = |status: u16, code: &str| {
        let body = json!({"code": code, "message": "for people"});
        (StatusCode::from_u16(status).unwrap(), body.to_string()).into_response()
    };
    if let Some(status) = inner.broken {
        return fail(status, "SYSTEM_ERROR");
    }
    if !is_signed(headers["authorization"].to_str().unwrap(), &target.to_string()) {
        return fail(401, "SIGN_ERROR");
    }
    assert_eq!(headers["wechatpay-serial"], SERIAL, "by which key it shall be answered");
    let Some(order) = inner.orders.get(&number) else { return fail(404, "ORDER_NOT_EXIST") };
    let (body, timestamp) = (order.to_string(), pay.1.now().timestamp().to_string());
    let pair = RsaKeyPair::from_pkcs8(KEY).unwrap();
    let mut signature = vec![0; pair.public().modulus_len()];
    let message = format!("{timestamp}\nnonce1\n{body}\n");
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
    if inner.is_forging {
        signature[7] ^= 1;
    }
    let headers = [
        ("wechatpay-serial", SERIAL.to_owned()),
        ("wechatpay-signature", BASE64_STANDARD.encode(signature)),
        ("wechatpay-timestamp", timestamp),
        ("wechatpay-nonce", "nonce1".to_owned()),
    ];
    (headers, body).into_response()
}

/// Whether the merchant signed a GET of this address.
fn is_signed(header: &str, target: &str) -> bool {
    let field = |name: &str| {
        header.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default()
    };
    let message = format!("GET\n{target}\n{}\n{}\n\n", field("timestamp"), field("nonce_str"));
    let public = SubjectPublicKeyInfoDer::from_pem_slice(PUBLIC).unwrap();
    let signature = BASE64_STANDARD.decode(field(",signature")).unwrap();
    let entity = RawPublicKeyEntity::try_from(&public).unwrap();
    let verified = entity.verify_signature(RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), &signature);
    (field("mchid"), field("serial_no")) == ("1230", "5157F0") && verified.is_ok()
}
