//! `[profile-registry]`: what it refuses, and that its secrets stay unseen.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use daemon_kit::config::{Config, Environment, RegistryChannel, RegistryConfig};
use insta::assert_snapshot;

fn refused(text: &str) -> String {
    Config::from_toml(text, "twilight.toml", &Environment::default()).unwrap_err().to_string()
}

fn load(text: &str, environment: &[(&str, &str)]) -> Config {
    Config::from_toml(text, "twilight.toml", &environment.iter().copied().collect()).unwrap()
}

fn registry(text: &str, environment: &[(&str, &str)]) -> RegistryConfig {
    load(text, environment).profile_registry().unwrap()
}

const WECHAT: &str = "[profile-registry.wechat]\nappid = \"wx24\"\nmchid = \"1230\"\n\
                      [[profile-registry.wechat.keys]]\nserial = \"PUB_KEY_ID_01\"\nfile = \"key.pem\"\n";

#[test]
fn an_empty_section_serves_without_telegram_and_payments() {
    let registry = registry("", &[]);
    assert_eq!(
        (registry.listen.to_string(), registry.public_url.as_str()),
        ("127.0.0.1:8200".to_owned(), "http://127.0.0.1:8200")
    );
    assert!(registry.telegram.is_none() && registry.wechat.is_none() && registry.admin_token.is_none());
    assert_eq!((registry.max_profiles_per_owner, registry.anonymous_per_minute), (20, 60));
}

#[test]
fn the_bot_and_the_merchant_take_their_secrets_from_the_environment() {
    let text = format!("{WECHAT}[profile-registry.telegram]\nbot = \"TwilightBot\"\n");
    let environment = [
        ("TWILIGHT_PROFILE_REGISTRY_TELEGRAM_BOT_TOKEN", "1:secret-of-the-bot"),
        ("TWILIGHT_PROFILE_REGISTRY_WECHAT_API_V3_KEY", "0123456789abcdef0123456789abcdef"),
    ];
    let registry = registry(&text, &environment);
    let (telegram, wechat) = (registry.telegram.as_ref().unwrap(), registry.wechat.as_ref().unwrap());
    assert_eq!((telegram.bot.as_str(), telegram.app.as_str()), ("TwilightBot", "claim"));
    assert_eq!((wechat.appid.as_str(), wechat.mchid.as_str(), wechat.keys.len()), ("wx24", "1230", 1));
    let shown = format!("{registry:?}");
    assert!(!shown.contains("secret-of-the-bot") && !shown.contains("0123456789abcdef"), "{shown}");
    // Another daemon of the host needs none of them.
    let config = load(&text, &[]);
    config.warehouse_api().unwrap();
    assert_snapshot!(config.profile_registry().unwrap_err(), @"twilight.toml:7: secret `profile-registry.telegram.bot_token`: is missing: give `profile-registry.telegram.bot_token`, `profile-registry.telegram.bot_token_file`, or TWILIGHT_PROFILE_REGISTRY_TELEGRAM_BOT_TOKEN or TWILIGHT_PROFILE_REGISTRY_TELEGRAM_BOT_TOKEN_FILE in the environment");
    let short = [environment[0], ("TWILIGHT_PROFILE_REGISTRY_WECHAT_API_V3_KEY", "short")];
    assert_snapshot!(load(&text, &short).profile_registry().unwrap_err(), @"twilight.toml:1: secret `profile-registry.wechat.api_v3_key`: has 5 bytes, exactly 32 are needed");
    let short = [("TWILIGHT_PROFILE_REGISTRY_ADMIN_TOKEN", "short")];
    assert_snapshot!(load("", &short).profile_registry().unwrap_err(), @"twilight.toml: secret `profile-registry.admin_token`: has 5 characters, 16 or more are needed");
}

#[test]
fn a_merchant_that_asks_about_orders_needs_its_certificates_serial_and_key() {
    let api = ("TWILIGHT_PROFILE_REGISTRY_WECHAT_API_V3_KEY", "0123456789abcdef0123456789abcdef");
    let key = ("TWILIGHT_PROFILE_REGISTRY_WECHAT_MERCHANT_KEY", "-----BEGIN PRIVATE KEY-----secret");
    let wechat = registry(WECHAT, &[api]).wechat.unwrap();
    assert_eq!((wechat.merchant, wechat.api_url.as_str()), (None, "https://api.mch.weixin.qq.com"));
    let named = WECHAT.replace("mchid", "merchant_serial = \"5157F0\"\nmchid");
    let configured = registry(&named, &[api, key]);
    assert_eq!(configured.wechat.as_ref().unwrap().merchant.as_ref().unwrap().serial, "5157F0");
    assert!(!format!("{configured:?}").contains("BEGIN PRIVATE"));
    assert_snapshot!(load(&named, &[api]).profile_registry().unwrap_err(), @"twilight.toml:1: secret `profile-registry.wechat.merchant_key`: is missing: give `profile-registry.wechat.merchant_key`, `profile-registry.wechat.merchant_key_file`, or TWILIGHT_PROFILE_REGISTRY_WECHAT_MERCHANT_KEY or TWILIGHT_PROFILE_REGISTRY_WECHAT_MERCHANT_KEY_FILE in the environment");
    assert_snapshot!(load(WECHAT, &[api, key]).profile_registry().unwrap_err(), @"twilight.toml:1: `profile-registry.wechat.merchant_serial`: is missing; allowed: the serial of the certificate that merchant_key belongs to");
}

#[test]
fn what_cannot_work_is_refused_with_its_line() {
    let identity = "[profile-registry]\nrecovery_recipient = \"AGE-SECRET-KEY-1QQ\"\n";
    assert_snapshot!(refused(identity), @"twilight.toml:2: `profile-registry.recovery_recipient`: is no age recipient; allowed: `age1…`, as `age-keygen -y` prints it");
    assert_snapshot!(refused("[profile-registry.telegram]\nbot = \"@TwilightBot\"\n"), @r#"twilight.toml:2: `profile-registry.telegram.bot`: "@TwilightBot" is no name of a bot or an app; allowed: 3 to 64 letters, digits and underscores, without @"#);
    assert_snapshot!(refused("[profile-registry.wechat]\nappid = \"wx24\"\n"), @r#"twilight.toml:1: `profile-registry.wechat.mchid`: "" cannot be one; allowed: letters, digits, underscores and hyphens, 1 to 64, as WeChat gave it"#);
    assert_snapshot!(refused("[profile-registry.wechat]\nappid = \"wx24\"\nmchid = \"1\"\n"), @"twilight.toml:1: `profile-registry.wechat.keys`: is empty; allowed: one entry or more: what WeChat Pay signs its notifications with");
    assert_snapshot!(refused(&WECHAT.replace("key.pem", "")), @"twilight.toml:6: `profile-registry.wechat.keys[0].file`: is empty; allowed: a path; relative ones start at the working folder");
    assert_snapshot!(refused("[profile-registry]\nmax_profiles_per_owner = 0\n"), @"twilight.toml:2: `profile-registry.max_profiles_per_owner`: 0 is out of range; allowed: 1 to 100000");
}

const PRODUCT: &str = "[[profile-registry.products]]\nname = \"stock-pro\"\n\
                       template = \"template-stock-research-pro\"\namount_fen = 9900\n";

#[test]
fn a_product_needs_a_name_a_template_and_a_price() {
    let configured = registry(PRODUCT, &[]);
    let product = &configured.products[0];
    assert_eq!((product.name.as_str(), product.amount_fen, product.months), ("stock-pro", 9_900, 1));
    assert_eq!((product.channel, product.model.as_deref()), (RegistryChannel::Weixin, None));
    assert_eq!(configured.agents_gateway_url, "http://127.0.0.1:3000", "as the registry reaches it");
    assert_snapshot!(refused(&PRODUCT.replace("9900", "0")), @"twilight.toml:4: `profile-registry.products[0].amount_fen`: 0 is out of range; allowed: 1 to 100000000");
    assert_snapshot!(refused(&PRODUCT.replace("\"stock-pro", "\"Stock Pro")), @r#"twilight.toml:2: `profile-registry.products[0].name`: "Stock Pro" is no name; allowed: 1 to 40 of a-z, 0-9 and hyphens, none at the ends"#);
    assert_snapshot!(refused(&format!("{PRODUCT}channel = \"email\"\n")), @r#"twilight.toml:5: `profile-registry.products[0].channel`: "email" is no channel; allowed: telegram, weixin"#);
    assert_snapshot!(refused(&format!("{PRODUCT}{PRODUCT}")), @r#"twilight.toml:6: `profile-registry.products[1].name`: "stock-pro" is taken; allowed: every name once"#);
    assert_snapshot!(refused(&format!("{PRODUCT}months = 0\n")), @"twilight.toml:5: `profile-registry.products[0].months`: 0 is out of range; allowed: 1 to 120");
}

#[test]
fn the_address_of_alerts_is_a_secret() {
    let environment = [("TWILIGHT_PROFILE_REGISTRY_ALERT_URL", "https://hooks.example.com/T0/very-secret")];
    let configured = registry("", &environment);
    assert!(configured.alert_url.is_some() && !format!("{configured:?}").contains("very-secret"));
    let wrong = [("TWILIGHT_PROFILE_REGISTRY_ALERT_URL", "very-secret")];
    assert_snapshot!(load("", &wrong).profile_registry().unwrap_err(), @"twilight.toml: secret `profile-registry.alert_url`: is no http:// or https:// address (its text is not shown: it may hold a key)");
}
