use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde_json::{Value, json};

use super::*;

/// A key pair made for these tests; it opens nothing else.
const KEY: &[u8] = include_bytes!("data/test-key.der");
const PUBLIC: &[u8] = include_bytes!("data/test-public-key.pem");
const CERTIFICATE: &[u8] = include_bytes!("data/test-certificate.pem");
const API_V3: &str = "0123456789abcdef0123456789abcdef";
const SERIAL: &str = "PUB_KEY_ID_0116788888882026";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_420_800, 0).unwrap()
}

fn verifier() -> Verifier {
    let mut keys = TrustedKeys::new();
    keys.add(SERIAL, PUBLIC).unwrap();
    keys.add("5157f09efdc096de15ebe81a47057a7232f1b8e1", CERTIFICATE).unwrap();
    Verifier::new(keys, API_V3, "wx2421b1c4370ec43b", "1230000109").unwrap()
}

/// A notification as WeChat sends it.
struct Sent {
    body: Vec<u8>,
    serial: String,
    signature: String,
    timestamp: String,
}

fn sign(timestamp: &str, body: &[u8]) -> String {
    let pair = RsaKeyPair::from_pkcs8(KEY).unwrap();
    let message = [timestamp.as_bytes(), b"\nnonce1\n", body, b"\n"].concat();
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &message, &mut signature).unwrap();
    BASE64_STANDARD.encode(signature)
}

fn seal(key: &str, content: &Value) -> Value {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_bytes()).unwrap());
    let mut bytes = content.to_string().into_bytes();
    let nonce = Nonce::try_assume_unique_for_key(b"abcdefghijkl").unwrap();
    key.seal_in_place_append_tag(nonce, Aad::from(b"transaction"), &mut bytes).unwrap();
    json!({"algorithm": "AEAD_AES_256_GCM", "nonce": "abcdefghijkl", "associated_data": "transaction",
        "original_type": "transaction", "ciphertext": BASE64_STANDARD.encode(bytes)})
}

impl Sent {
    fn of(event: &str, content: &Value) -> Self {
        Self::sealed(event, &seal(API_V3, content))
    }

    fn sealed(event: &str, resource: &Value) -> Self {
        let body = json!({"id": "EV-2018022511223320873", "create_time": "2026-11-23T12:00:00+08:00",
            "resource_type": "encrypt-resource", "event_type": event, "summary": "支付成功", "resource": resource});
        Self::raw(body.to_string().into_bytes(), now())
    }

    fn raw(body: Vec<u8>, at: DateTime<Utc>) -> Self {
        let timestamp = at.timestamp().to_string();
        Self { signature: sign(&timestamp, &body), serial: SERIAL.to_owned(), timestamp, body }
    }

    fn verify(&self) -> Result<Notification, NotificationRefused> {
        let headers = SignatureHeaders {
            serial: &self.serial,
            signature: &self.signature,
            timestamp: &self.timestamp,
            nonce: "nonce1",
        };
        verifier().verify(headers, &self.body, now())
    }
}

fn paid() -> Value {
    json!({"appid": "wx2421b1c4370ec43b", "mchid": "1230000109", "out_trade_no": "tw20261123001",
        "transaction_id": "4200001234202611231234567890", "trade_type": "JSAPI", "trade_state": "SUCCESS",
        "trade_state_desc": "支付成功", "bank_type": "CMC", "attach": "", "success_time": "2026-11-23T12:00:00+08:00",
        "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
        "amount": {"total": 19_900, "payer_total": 19_900, "currency": "CNY", "payer_currency": "CNY"}})
}

fn paid_but(pointer: &str, value: Value) -> Value {
    let mut content = paid();
    *content.pointer_mut(pointer).unwrap() = value;
    content
}

#[test]
fn a_payment_is_read_whichever_kind_of_key_signed() {
    let mut sent = Sent::of("TRANSACTION.SUCCESS", &paid());
    for serial in [SERIAL, "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"] {
        serial.clone_into(&mut sent.serial);
        let notification = sent.verify().unwrap();
        assert_eq!(notification.id, "EV-2018022511223320873");
        let Event::Paid(payment) = notification.event else { panic!("{notification:?}") };
        assert_eq!((payment.out_trade_no.as_str(), payment.amount_fen), ("tw20261123001", 19_900));
        assert_eq!(payment.openid, "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o");
        assert_eq!(payment.success_at.to_rfc3339(), "2026-11-23T04:00:00+00:00");
        assert!(!format!("{payment:?}").contains("oUpF8u"), "an openid is personal");
    }
}

#[test]
fn a_forged_or_changed_notification_is_refused() {
    let good = Sent::of("TRANSACTION.SUCCESS", &paid());
    let refused = |change: fn(&mut Sent)| {
        let mut sent = Sent {
            body: good.body.clone(),
            serial: good.serial.clone(),
            signature: good.signature.clone(),
            timestamp: good.timestamp.clone(),
        };
        change(&mut sent);
        sent.verify().unwrap_err()
    };
    assert_eq!(refused(|sent| sent.body.push(b' ')), NotificationRefused::WrongSignature);
    assert_eq!(refused(|sent| sent.body[40] ^= 1), NotificationRefused::WrongSignature);
    assert_eq!(
        refused(|sent| sent.timestamp.push('x')),
        NotificationRefused::Malformed("`Wechatpay-Timestamp` is no time")
    );
    assert_eq!(refused(|sent| sent.timestamp = "1795420801".to_owned()), NotificationRefused::WrongSignature);
    assert_eq!(refused(|sent| sent.signature = "AAAA".to_owned()), NotificationRefused::WrongSignature);
    assert_eq!(refused(|sent| sent.signature = "no base64!".to_owned()), NotificationRefused::WrongSignature);
    assert_eq!(refused(|sent| sent.serial = "77".to_owned()), NotificationRefused::UnknownKey);
}

#[test]
fn a_probe_fails_and_is_told_apart() {
    let mut sent = Sent::of("TRANSACTION.SUCCESS", &paid());
    sent.signature = format!("WECHATPAY/SIGNTEST/{}", sent.signature);
    assert_eq!(sent.verify(), Err(NotificationRefused::Probe));
}

#[test]
fn a_notification_is_believed_for_five_minutes() {
    let body = Sent::of("TRANSACTION.SUCCESS", &paid()).body;
    for (seconds, believed) in [(300, true), (301, false), (-300, true), (-301, false)] {
        let sent = Sent::raw(body.clone(), now() - TimeDelta::seconds(seconds));
        assert_eq!(sent.verify().is_ok(), believed, "{seconds}");
    }
}

#[test]
fn what_was_sealed_with_another_key_or_changed_is_refused() {
    let other = seal("fedcba9876543210fedcba9876543210", &paid());
    assert_eq!(Sent::sealed("TRANSACTION.SUCCESS", &other).verify(), Err(NotificationRefused::WrongSeal));
    for (field, value) in [
        ("associated_data", json!("refund")),
        ("nonce", json!("short")),
        ("algorithm", json!("NONE")),
        ("ciphertext", json!("!")),
    ] {
        let mut resource = seal(API_V3, &paid());
        resource[field] = value;
        assert_eq!(
            Sent::sealed("TRANSACTION.SUCCESS", &resource).verify(),
            Err(NotificationRefused::WrongSeal),
            "{field}"
        );
    }
}

#[test]
fn a_payment_to_somebody_else_or_not_made_is_refused() {
    let refused = |content: Value| Sent::of("TRANSACTION.SUCCESS", &content).verify().unwrap_err();
    let not_ours = |what| NotificationRefused::Content(PaymentRefused::NotOurs(what));
    assert_eq!(refused(paid_but("/mchid", json!("1230000110"))), not_ours("merchant"));
    assert_eq!(refused(paid_but("/appid", json!("wxother"))), not_ours("app"));
    let state = NotificationRefused::Content(PaymentRefused::NotPaid("NOTPAY".to_owned()));
    assert_eq!(refused(paid_but("/trade_state", json!("NOTPAY"))), state);
    for content in [
        paid_but("/amount/total", json!(-1)),
        paid_but("/amount/total", json!("19900")),
        paid_but("/amount/currency", json!("USD")),
        paid_but("/payer/openid", json!("")),
        paid_but("/success_time", json!("now")),
        json!({}),
    ] {
        assert!(matches!(refused(content), NotificationRefused::Content(PaymentRefused::Malformed(_))));
    }
}

#[test]
fn a_refund_names_its_order() {
    let content = json!({"mchid": "1230000109", "out_trade_no": "tw20261123001", "transaction_id": "42",
        "out_refund_no": "r1", "refund_id": "50200207182018070300011301001", "refund_status": "SUCCESS",
        "amount": {"total": 19_900, "refund": 19_900, "payer_total": 19_900, "payer_refund": 19_900}});
    let event = Sent::of("REFUND.SUCCESS", &content).verify().unwrap().event;
    let Event::Refunded(refund) = event else { panic!("{event:?}") };
    assert_eq!((refund.out_trade_no.as_str(), refund.amount_fen, refund.total_fen), ("tw20261123001", 19_900, 19_900));
    let other = Sent::of("REFUND.ABNORMAL", &content).verify().unwrap().event;
    assert_eq!(other, Event::Other("REFUND.ABNORMAL".to_owned()));
}

#[test]
fn what_is_no_notification_is_refused() {
    let refused = |body: &[u8]| Sent::raw(body.to_vec(), now()).verify().unwrap_err();
    for body in [&b""[..], b"{}", b"[]", b"\xff", br#"{"id":1}"#] {
        assert!(matches!(refused(body), NotificationRefused::Malformed(_)));
    }
    assert_eq!(refused(&vec![b' '; 65_537]), NotificationRefused::Malformed("it is longer than 64 KiB"));
}

#[test]
fn keys_that_cannot_be_used_are_refused_by_name() {
    use super::super::KeyProblem;
    let mut keys = TrustedKeys::new();
    assert_eq!(keys.add("a", b"hello"), Err(KeyProblem::NoKey));
    assert_eq!(
        keys.add("a", b"-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n"),
        Err(KeyProblem::Unreadable)
    );
    keys.add("a", PUBLIC).unwrap();
    assert_eq!(keys.add("A", CERTIFICATE), Err(KeyProblem::Twice("A".to_owned())));
    assert!(Verifier::new(keys, "short", "a", "m").is_none());
    assert!(!format!("{:?}", verifier()).contains(API_V3));
}
