use super::*;

const BOT: &str = "123456789:AAF0rZ0Jc2hDqVbT3m9sYx8uKq1LwEoPn5I";
const USER: &str = r#"{"id":279058397,"first_name":"Wang \"Lao\" & 王","language_code":"zh-hans"}"#;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_420_800, 0).unwrap()
}

/// Signs as Telegram does, written down a second time from its documentation.
fn launch(bot: &str, fields: &[(&str, &str)]) -> String {
    let mut lines: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    lines.sort();
    let secret = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"WebAppData"), bot.as_bytes());
    let hash = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_ref()), lines.join("\n").as_bytes());
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .append_pair("hash", &hex::encode(hash))
        .finish()
}

fn good(auth_date: &str) -> String {
    launch(
        BOT,
        &[
            ("query_id", "AAHdF6IQ"),
            ("user", USER),
            ("auth_date", auth_date),
            ("start_param", "op7"),
            ("signature", "x"),
        ],
    )
}

fn at(seconds_ago: i64) -> String {
    good(&(now().timestamp() - seconds_ago).to_string())
}

#[test]
fn a_launch_proves_the_person_for_one_operation() {
    let proof = Verifier::new(BOT).verify(&at(10), now()).unwrap();
    assert_eq!((proof.user_id, proof.operation.as_str()), (279_058_397, "op7"));
    assert_eq!(proof.signed_at, now() - TimeDelta::seconds(10));
}

#[test]
fn the_digest_is_that_of_the_content_and_not_of_its_spelling() {
    let verifier = Verifier::new(BOT);
    let one = at(10);
    let mut turned: Vec<&str> = one.split('&').collect();
    turned.reverse();
    let digest = |text: &str| verifier.verify(text, now()).unwrap().digest;
    assert_eq!(digest(&one), digest(&turned.join("&")), "reordered");
    assert_eq!(digest(&one), digest(&one.replace("op7", "%6Fp7")), "otherwise encoded");
    assert_ne!(digest(&one), digest(&at(11)));
}

#[test]
fn what_another_bot_signed_or_somebody_changed_is_refused() {
    let verifier = Verifier::new(BOT);
    let other = launch("987654321:other", &[("user", USER), ("auth_date", "1795420790"), ("start_param", "op7")]);
    assert_eq!(verifier.verify(&other, now()), Err(Refused::WrongSignature));
    for (from, to) in
        [("279058397", "279058398"), ("op7", "op8"), ("query_id=", "query_ie="), ("auth_date=17", "auth_date=18")]
    {
        let changed = at(10).replacen(from, to, 1);
        assert_ne!(changed, at(10));
        assert_eq!(verifier.verify(&changed, now()), Err(Refused::WrongSignature), "{from}");
    }
    let longer = format!("{}&extra=1", at(10));
    assert_eq!(verifier.verify(&longer, now()), Err(Refused::WrongSignature), "a field that was not signed");
}

#[test]
fn a_value_cannot_bring_fields_of_its_own() {
    // Who decodes before splitting reads `start_param=op8` out of the name.
    let fields = [("auth_date", "1795420790"), ("note", "x&start_param=op8"), ("start_param", "op7"), ("user", USER)];
    let proof = Verifier::new(BOT).verify(&launch(BOT, &fields), now()).unwrap();
    assert_eq!(proof.operation, "op7");
    let line = launch(BOT, &[("auth_date", "1795420790"), ("note", "x\nstart_param=op8"), ("user", USER)]);
    assert!(matches!(Verifier::new(BOT).verify(&line, now()), Err(Refused::Malformed(_))));
    let twice = format!("{}&start_param=op7", at(10));
    assert_eq!(Verifier::new(BOT).verify(&twice, now()), Err(Refused::Malformed("a field is there twice")));
}

#[test]
fn five_minutes_are_the_limit() {
    let verifier = Verifier::new(BOT);
    assert!(verifier.verify(&at(300), now()).is_ok());
    assert_eq!(verifier.verify(&at(301), now()), Err(Refused::TooOld { age: TimeDelta::seconds(301) }));
    assert!(verifier.verify(&at(-30), now()).is_ok(), "clocks differ a little");
    assert_eq!(verifier.verify(&at(-31), now()), Err(Refused::FromTheFuture));
}

#[test]
fn what_cannot_be_read_is_refused() {
    let verifier = Verifier::new(BOT);
    let date = "1795420790";
    for (text, problem) in [
        (String::new(), "`hash` is missing"),
        ("user=1&hash=zz".to_owned(), "`hash` is not 64 hexadecimal digits"),
        (format!("a={}", "x".repeat(9_000)), "it is longer than 8 KiB"),
        (launch(BOT, &[("user", USER), ("auth_date", "soon"), ("start_param", "op7")]), "`auth_date` is no time"),
        (launch(BOT, &[("user", "{\"id\":-5}"), ("auth_date", date), ("start_param", "o")]), "`user` is no person"),
        (
            launch(BOT, &[("user", "{\"id\":5,\"is_bot\":true}"), ("auth_date", date), ("start_param", "o")]),
            "`user` is no person",
        ),
        (launch(BOT, &[("auth_date", date), ("start_param", "o")]), "`user` is no person"),
    ] {
        assert_eq!(verifier.verify(&text, now()), Err(Refused::Malformed(problem)), "{text}");
    }
    let unbound = launch(BOT, &[("user", USER), ("auth_date", date)]);
    assert_eq!(verifier.verify(&unbound, now()), Err(Refused::NoOperation));
}

#[test]
fn the_bots_token_shows_nowhere() {
    assert_eq!(format!("{:?}", Verifier::new(BOT)), "Verifier { .. }");
}
