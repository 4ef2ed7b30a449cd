use super::*;

fn sorts(path: &str, text: &str) -> Vec<(usize, Sort)> {
    scan(path, text.as_bytes()).into_iter().map(|found| (found.line, found.sort)).collect()
}

/// Put together here, so that no scanner takes this file for a leak.
fn key(prefix: &str, length: usize) -> String {
    let body: String = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1V2w3X4y5Z6".chars().cycle().take(length).collect();
    format!("{prefix}{body}")
}

#[test]
fn keys_that_show_what_they_are_are_found_anywhere() {
    let cases = [
        format!("-----BEGIN {}PRIVATE KEY-----", "OPENSSH "),
        format!("AGE-SECRET-KEY-{}", "1QQPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQQPZRY9X8GF2TVDW0S3JN54"),
        format!("tw-{}", "0123456789abcdef".repeat(4)),
        key("sk-", 32),
        key("sk-ant-api03-", 40),
        key("sk_live_", 24),
        format!("AKIA{}", "0123456789ABCDEF"),
        key("LTAI", 20),
        key("ghp_", 36),
        key("xoxb-", 30),
        format!("12345678:{}", key("", 35)),
        format!("eyJ{}.eyJ{}.{}", key("", 20), key("", 20), key("", 20)),
        key("AIza", 35),
        key("hf_", 34),
        key("tvly-", 24),
        format!("https://user:{}@host/x", "hunter2"),
        format!("Authorization: Bearer {}", key("", 32)),
        format!("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={}", "01234567-89ab-cdef-0123-456789abcdef"),
    ];
    for case in cases {
        let text = format!("first line\nsee {case} there\n");
        for path in ["profiles/a/SOUL.md", "profiles/a/config.yaml", "profiles/a/scripts/x.sh"] {
            assert!(sorts(path, &text).contains(&(2, Sort::Secret)), "{path}: {case}");
        }
        for found in scan("SOUL.md", text.as_bytes()) {
            assert!(!found.what.contains(&case), "a finding does not repeat the value");
        }
    }
}

#[test]
fn a_value_under_a_secrets_name_is_found_in_data() {
    let cases = [
        "api_key: hunter2hunter2",
        "model:\n  api_key: \"correct horse battery\"",
        "{\"bot_token\": \"abcdefgh\", \"other\": 1}",
        "TUSHARE_TOKEN=abcdef0123",
        "password: 'p4ssw0rd'",
        "headers:\n  Authorization: Basic dXNlcjpwYXNz",
        "token:\n  abcdefgh12",
        "client_secret: >-\n  abcdefgh12",
        "x: {api_key: abcdefgh12}",
        "{\"a\":{\"api_key\":null,\"token\":\"abcdefgh12\"}}",
    ];
    for case in cases {
        assert!(sorts("config.yaml", case).iter().any(|(_, sort)| *sort == Sort::Secret), "{case}");
    }
}

#[test]
fn references_limits_and_names_of_variables_are_no_secrets() {
    let text = "model:\n  api_key: ${TWILIGHT_TOKEN}\n  key_env: OPENAI_API_KEY\n  max_tokens: 4096\n  token: \"\"\n  secret: null\n\
                token_budget: 123456789\n  tokens: 100000\n  password:\n  other:\n    cookie: ${env:COOKIE}\n\
                headers:\n  Authorization: Bearer ${WAREHOUSE_TOKEN}\ncredential_pool_strategies: round_robin\n\
                api_key: \"{{GATEWAY_TOKEN}}\"\n";
    assert_eq!(sorts("config.yaml", text), []);
    let schema =
        r#"{"secrets":[{"name":"TUSHARE_TOKEN","required":true,"description":"The token of Tushare, from its page"}]}"#;
    assert_eq!(sorts("secrets.schema.json", schema), []);
}

#[test]
fn prose_and_code_may_speak_of_secrets() {
    let text = "Set `TUSHARE_TOKEN=<your token>` in `.env`.\nexport OPENAI_API_KEY=sk-...\ntoken = os.environ[\"TWILIGHT_API_TOKEN\"]\n\
                curl -H \"Authorization: Bearer $TWILIGHT_API_TOKEN\" http://127.0.0.1\nUse sk-your-api-key-goes-here-now.\n\
                The password: something you remember.\n***\nBearer tokens are passed along.\n";
    assert_eq!(sorts("skills/a/SKILL.md", text), []);
    assert_eq!(scan_text(text.as_bytes()), []);
    let leak = format!("token = \"{}\"\n", key("", 32));
    assert_eq!(sorts("skills/a/x.py", &leak), [(1, Sort::Secret)]);
}

#[test]
fn what_stands_in_for_a_hidden_value_is_found_in_data() {
    for value in [
        "***",
        "\"********\"",
        "sk-...",
        "sk-ab...yz",
        "[REDACTED]",
        "<redacted>",
        "tw-…",
        "xxxxxxxx",
        "Bearer ***",
        "•••••",
        "sk-****abcd",
    ] {
        let text = format!("model:\n  api_key: {value}\n");
        assert_eq!(sorts("config.yaml", &text), [(2, Sort::RedactionPlaceholder)], "{value}");
        let text = format!("{{\"base_url\": \"x\", \"note\": \"{}\"}}", value.trim_matches('"'));
        assert!(sorts("x.json", &text).iter().any(|(_, sort)| *sort == Sort::RedactionPlaceholder), "{value}");
    }
    for value in ["\"*\"", "[\"*\"]", "a...", "wait...", "**bold**", "x", "\"**/*.md\""] {
        assert_eq!(sorts("config.yaml", &format!("allow_from: {value}\n")), [], "{value}");
    }
}

#[test]
fn bytes_that_are_no_text_are_scanned_all_the_same() {
    let mut bytes = vec![0xff, 0, 0xfe, b'\n'];
    bytes.extend_from_slice(key("ghp_", 36).as_bytes());
    assert_eq!(scan("skills/a/x.bin", &bytes).len(), 1);
}

#[test]
fn the_largest_files_of_every_shape_are_scanned_in_no_time() {
    const BYTES: usize = 128 << 10;
    let filled = |piece: &str| piece.repeat(BYTES / piece.len());
    for piece in [
        "token:",
        "token: a",
        "token: abcdefgh12 ",
        "\"token\": \"abcdefgh12\",",
        "token: ***, ",
        "token:\n",
        "token: abcdefgh12\n",
        "token: |          ",
        "token",
        "token      ",
        "a.b-",
        "sk-",
        "x://a:",
        "eyJaaaaaaaaaaaa.",
        "bearer ",
        ":\"",
        ",a'",
        "- ",
    ] {
        let (text, started) = (filled(piece), now());
        drop((scan("config.yaml", text.as_bytes()), scan("SKILL.md", text.as_bytes())));
        assert!(started.elapsed() < std::time::Duration::from_secs(10), "{piece:?} took {:?}", started.elapsed());
    }
}

#[expect(clippy::disallowed_methods, reason = "the wall's time is what is measured")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

#[test]
fn a_text_that_is_shown_has_no_line_of_a_secret() {
    let begin = format!("-----BEGIN {}PRIVATE KEY-----", "OPENSSH ");
    let body = key("", 48);
    let text = format!("Mine:\n{begin}\n{body}\n{body}==\n-----END OPENSSH PRIVATE KEY-----\nEnd.\n");
    let shown = hide("SOUL.md", &text);
    assert!(!shown.contains(&body) && shown.starts_with("Mine:\n(hidden") && shown.ends_with(")\nEnd.\n"), "{shown}");
    assert_eq!(shown.lines().count(), text.lines().count());

    let text = "a:\n  password: |\n    hunter2 hunter2\n\n    second line\n  other: 1\nb: 2\n";
    let shown = hide("config.yaml", text);
    assert!(!shown.contains("hunter2") && !shown.contains("second"), "{shown}");
    assert!(shown.starts_with("a:\n(hidden") && shown.ends_with("  other: 1\nb: 2\n"), "{shown}");

    // More than one scan tells of.
    let many: String = (0..50).map(|number| format!("token_{number}_api_key: {}\n", key("", 20))).collect();
    assert!(!hide("config.yaml", &many).contains("a1B2"));
    assert_eq!(hide("config.yaml", "api_key: ${MINE}\nmodel: x\n"), "api_key: ${MINE}\nmodel: x\n");
}
