//! `[gateway-proxy]`: what it refuses, where its keys come from, and that they stay unseen.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use daemon_kit::config::{
    Config, Environment, GatewayConfig, GatewayMode, GatewayRouting, OnDisconnect, ProfileCapMode, Yuan,
};
use insta::assert_snapshot;

const KEY: &str = "sk-f00dfacef00dfacef00dface";

fn refused(text: &str) -> String {
    Config::from_toml(text, "twilight.toml", &Environment::default()).unwrap_err().to_string()
}

fn load(text: &str, environment: &[(&str, &str)]) -> Config {
    Config::from_toml(text, "twilight.toml", &environment.iter().copied().collect()).unwrap()
}

fn gateway(text: &str) -> GatewayConfig {
    load(text, &[]).gateway_proxy().unwrap()
}

/// A channel with what it cannot do without, and `lines`.
fn channel(lines: &str) -> String {
    let entry = format!("[[gateway-proxy.channels]]\nname = \"a\"\nkey = \"{KEY}\"\n");
    let dialect = if lines.contains("dialect") { "" } else { "dialect = \"siliconflow\"\n" };
    let models = if lines.contains("model") { "" } else { "models = [\"qwen-plus\"]\n" };
    format!("{entry}{dialect}{models}{lines}\n")
}

#[test]
fn an_empty_section_governs_without_channels() {
    let gateway = gateway("");
    assert_eq!(gateway.listen.to_string(), "127.0.0.1:3000");
    assert_eq!((gateway.mode, gateway.routing), (GatewayMode::Governed, GatewayRouting::RoundRobin));
    assert_eq!((gateway.on_disconnect, gateway.profile_caps), (OnDisconnect::Drain, ProfileCapMode::Log));
    assert_eq!((gateway.hold_bytes, gateway.max_body_bytes), (1 << 20, 32 << 20));
    assert_eq!((gateway.lease_block, gateway.probe_every), (Yuan::whole(2), Duration::from_secs(300)));
    assert!(gateway.channels.is_empty() && gateway.admin_token.is_none() && gateway.master_key.is_none());
}

#[test]
fn a_channel_has_the_specifications_guard_rails_unless_told_otherwise() {
    let [usual] = gateway(&channel("")).channels.try_into().unwrap();
    assert_eq!((usual.rpm, usual.tpm, usual.budget_per_day), (Some(100), Some(500_000), Some(Yuan::whole(500))));
    assert_eq!((usual.account.as_str(), usual.group.as_str(), usual.base_url), ("a", "default", None));
    assert!(usual.enabled && usual.max_in_flight.is_none());

    let [free] = gateway(&channel("rpm = 0\ntpm = 0\nbudget_cny_per_day = \"none\"\nmax_in_flight = 3"))
        .channels
        .try_into()
        .unwrap();
    assert_eq!((free.rpm, free.tpm, free.budget_per_day, free.max_in_flight), (None, None, None, Some(3)));

    for (text, nano) in [("\"0\"", 0), ("0", 0), ("12.5", 12_500_000_000), ("\"0.000000001\"", 1)] {
        let [bounded] = gateway(&channel(&format!("budget_cny_per_day = {text}"))).channels.try_into().unwrap();
        assert_eq!(bounded.budget_per_day.map(Yuan::nano), Some(nano), "{text}");
    }
}

#[test]
fn a_mapped_model_is_offered_under_the_callers_name() {
    let text =
        channel("models = [\"qwen-plus\", \"deepseek\"]\nmodel_map = { deepseek = \"deepseek-ai/DeepSeek-V3\" }");
    let [channel] = gateway(&text).channels.try_into().unwrap();
    let pair = |public: &str, upstream: &str| (public.to_owned(), upstream.to_owned());
    assert_eq!(channel.models, [pair("qwen-plus", "qwen-plus"), pair("deepseek", "deepseek-ai/DeepSeek-V3")]);
}

#[test]
fn keys_come_from_the_file_or_by_name_from_the_environment() {
    let text = "[[gateway-proxy.channels]]\nname = \"silicon-1\"\ndialect = \"siliconflow\"\nmodels = [\"m\"]\n";
    let config = load(text, &[("TWILIGHT_GATEWAY_PROXY_CHANNELS_SILICON_1", KEY)]);
    assert_eq!(config.gateway_proxy().unwrap().channels[0].key.expose(), KEY);
    assert_snapshot!(load(text, &[]).gateway_proxy().unwrap_err(), @"twilight.toml:1: secret `gateway-proxy.channels[0].key`: is missing: give `gateway-proxy.channels[0].key`, `gateway-proxy.channels[0].key_file`, or TWILIGHT_GATEWAY_PROXY_CHANNELS_SILICON_1 or TWILIGHT_GATEWAY_PROXY_CHANNELS_SILICON_1_FILE in the environment");
    // Another daemon of the host does not need it.
    load(text, &[]).warehouse_api().unwrap();
}

#[test]
fn an_operators_tool_needs_the_admin_token_and_no_upstream_key() {
    let text = "[gateway-proxy]\nlisten = \"0.0.0.0:3000\"\n[[gateway-proxy.channels]]\nname = \"a\"\n\
                dialect = \"openai\"\nmodels = [\"m\"]\n";
    let admin = load(text, &[("TWILIGHT_GATEWAY_PROXY_ADMIN_TOKEN", "0123456789abcdef")]).gateway_admin().unwrap();
    assert_eq!((admin.url.as_str(), admin.admin_token.expose()), ("http://127.0.0.1:3000", "0123456789abcdef"));
    assert_snapshot!(load(text, &[]).gateway_admin().unwrap_err(), @"twilight.toml:1: secret `gateway-proxy.admin_token`: is missing: give `gateway-proxy.admin_token`, `gateway-proxy.admin_token_file`, or TWILIGHT_GATEWAY_PROXY_ADMIN_TOKEN in the environment");
    let short = [("TWILIGHT_GATEWAY_PROXY_ADMIN_TOKEN", "short")];
    assert_snapshot!(load("", &short).gateway_admin().unwrap_err(), @"twilight.toml: secret `gateway-proxy.admin_token`: has 5 characters, 16 or more are needed");
    let short = [("TWILIGHT_GATEWAY_PROXY_MASTER_KEY", "0123456789abcdef")];
    assert_snapshot!(load("", &short).gateway_proxy().unwrap_err(), @"twilight.toml: secret `gateway-proxy.master_key`: has 16 characters, 32 or more are needed");
}

#[test]
fn what_cannot_work_is_refused_with_its_line() {
    assert_snapshot!(refused("[gateway-proxy]\nmode = \"open\"\n"), @r#"twilight.toml:2: `gateway-proxy.mode`: "open" is no choice; allowed: governed, plain"#);
    assert_snapshot!(refused("[gateway-proxy]\nlisten = \"0.0.0.0:3000\"\nmode = \"plain\"\n"), @r#"twilight.toml:3: `gateway-proxy.mode`: "plain" serves everybody who reaches 0.0.0.0:3000; allowed: "governed", or a loopback address in `listen`"#);
    assert_snapshot!(refused("[gateway-proxy]\nrouting = \"random\"\n"), @r#"twilight.toml:2: `gateway-proxy.routing`: "random" is no choice; allowed: round-robin, weighted"#);
    assert_snapshot!(refused("[gateway-proxy]\nlease_block_cny = \"0\"\n"), @"twilight.toml:2: `gateway-proxy.lease_block_cny`: is nothing; allowed: more than 0");
    assert_snapshot!(refused("[gateway-proxy]\nlease_block_cny = \"-1\"\n"), @r#"twilight.toml:2: `gateway-proxy.lease_block_cny`: is no amount of yuan: digits with at most nine decimals, as in "12.5"; allowed: see twilight.example.toml"#);
    assert_snapshot!(refused("[gateway-proxy.default_price]\ninput = \"0\"\n"), @"twilight.toml:2: `gateway-proxy.default_price.input`: is nothing; allowed: more than 0: an unknown model is not free");
    assert_snapshot!(refused("[gateway-proxy]\nmax_wait = 3\n"), @"twilight.toml:2: unknown key `gateway-proxy.max_wait` (did you mean `max_wait_s`?); allowed here: listen, state, admin_token, admin_token_file, master_key, master_key_file, previous_master_key, previous_master_key_file, prices, mode, routing, on_disconnect, profile_caps, max_body_mb, hold_kb, max_wait_s, max_waiting, max_waiting_per_profile, connect_timeout_ms, first_byte_timeout_s, answer_timeout_s, idle_timeout_s, default_max_output_tokens, keep_days, lease_block_cny, probe_every_s, recovery_every_s, default_price, jobs, search, models, accounts, channels");
    assert_snapshot!(refused(&channel("dialect = \"azure\"")), @r#"twilight.toml:5: `gateway-proxy.channels[0].dialect`: "azure" is no dialect; allowed: siliconflow, dashscope, openai, new-api"#);
    assert_snapshot!(refused(&channel("dialect = \"new-api\"")), @r#"twilight.toml:1: `gateway-proxy.channels[0].base_url`: is missing; allowed: where the New-API server answers, as in "http://10.0.0.5:3000""#);
    assert_snapshot!(refused(&channel("base_url = \"api.siliconflow.cn\"")), @"twilight.toml:6: `gateway-proxy.channels[0].base_url`: is no base URL; allowed: an http:// or https:// URL without credentials");
    assert_snapshot!(refused(&channel("models = []")), @r#"twilight.toml:5: `gateway-proxy.channels[0].models`: is empty, and so is `model_map`; allowed: one model or more, as in ["qwen-plus"]"#);
    assert_snapshot!(refused(&channel("models = [\"m\", \"m\"]")), @r#"twilight.toml:5: `gateway-proxy.channels[0].models`: names "m" twice; allowed: every model once"#);
    assert_snapshot!(refused(&channel("budget_cny_per_day = \"a lot\"")), @r#"twilight.toml:6: `gateway-proxy.channels[0].budget_cny_per_day`: is no amount of yuan: digits with at most nine decimals, as in "12.5"; allowed: see twilight.example.toml"#);
    assert_snapshot!(refused(&format!("{0}{0}", channel(""))), @r#"twilight.toml:8: `gateway-proxy.channels[1].name`: "a" is taken; allowed: every name once"#);
    assert_snapshot!(refused("[[gateway-proxy.accounts]]\nname = \"main\"\n[[gateway-proxy.accounts.limits]]\n[[gateway-proxy.accounts.limits]]\nrpm = 5\n"), @r#"twilight.toml:4: `gateway-proxy.accounts[0].limits[1].model`: "*" is no name, or named twice; allowed: the upstream's name of a model, or "*", each once"#);
    assert_snapshot!(refused("[[gateway-proxy.models]]\nname = \"m\"\nmax_output_tokens = 0\n"), @"twilight.toml:3: `gateway-proxy.models[0].max_output_tokens`: 0 is out of range; allowed: 1 to 10000000");
    assert_snapshot!(refused("[gateway-proxy.jobs]\nreconcile_balances = \"daily\"\n"), @r#"twilight.toml:2: `gateway-proxy.jobs.reconcile_balances`: "daily" is no schedule; allowed: "off", or second minute hour day month weekday, as in "0 30 18 * * *" (weekdays 1 = Sunday to 7)"#);
}

#[test]
fn there_is_no_search_without_a_searxng_and_callers_without_a_token_are_let_in_on_loopback_only() {
    assert_eq!(gateway("").search, None);
    assert_eq!(gateway("[gateway-proxy.search]\nper_minute = 5\n").search, None);
    let with = |listen: &str, more: &str| {
        let text = format!(
            "[gateway-proxy]\nlisten = \"{listen}\"\n[gateway-proxy.search]\nsearxng_url = \"http://searxng:8080/\"\n{more}"
        );
        gateway(&text).search.unwrap()
    };
    let search = with("127.0.0.1:3000", "");
    assert_eq!((search.searxng.as_str(), search.per_minute, search.anonymous), ("http://searxng:8080/", 10, true));
    assert_eq!((search.timeout, search.stale_for), (Duration::from_secs(6), Duration::from_secs(7 * 86_400)));
    assert_eq!(search.engines_chinese, ["baidu", "sogou", "360search", "bing"]);
    assert_eq!(search.engines_global, ["google", "duckduckgo", "brave", "yep"]);
    assert!(!with("0.0.0.0:3000", "").anonymous);
    assert!(
        with("0.0.0.0:3000", "anonymous = true\n").anonymous && !with("[::1]:3000", "anonymous = false\n").anonymous
    );
    let search =
        with("127.0.0.1:1", "trusted_proxies = [\"10.0.0.7\", \"172.16.0.0/12\"]\ntrusted_tokens = [\"api\"]\n");
    let trusted = |address: &str| search.trusted_proxies.iter().any(|proxy| proxy.contains(address.parse().unwrap()));
    assert!(trusted("10.0.0.7") && trusted("172.17.0.2") && !trusted("10.0.0.8"));
    assert!(search.trusted_tokens.contains("api"));
}

#[test]
fn a_search_that_cannot_work_is_refused_with_its_line_and_shows_no_secret() {
    let search = |lines: &str| refused(&format!("[gateway-proxy.search]\n{lines}\n"));
    assert_snapshot!(search("searxng_url = \"searxng:8080\""), @"twilight.toml:2: `gateway-proxy.search.searxng_url`: is no base URL; allowed: an http:// or https:// URL without credentials");
    assert_snapshot!(search("trusted_proxies = [\"10.0.0.1/8\"]"), @r#"twilight.toml:2: `gateway-proxy.search.trusted_proxies`: "10.0.0.1/8" is no network; allowed: an address as in "10.0.0.7", or a network as in "10.0.0.0/8" or "fd00::/8" without bits behind its prefix"#);
    assert_snapshot!(search("engines_global = []"), @"twilight.toml:2: `gateway-proxy.search.engines_global`: is empty; allowed: one name or more, each once, as SearXNG's /config has them");
    assert_snapshot!(search("engines_chinese = [\"baidu\", \"baidu\"]"), @r#"twilight.toml:2: `gateway-proxy.search.engines_chinese`: names "baidu" twice; allowed: one name or more, each once, as SearXNG's /config has them"#);
    assert_snapshot!(search("engines_chinese = [\"baidu,sogou\"]"), @r#"twilight.toml:2: `gateway-proxy.search.engines_chinese`: "baidu,sogou" is no engine's name; allowed: one name or more, each once, as SearXNG's /config has them"#);
    assert_snapshot!(search("per_minute = 0"), @"twilight.toml:2: `gateway-proxy.search.per_minute`: 0 is out of range; allowed: 1 to 100000");
    assert_snapshot!(search("cache_url = \"http://hunter2@host\""), @"twilight.toml:2: `gateway-proxy.search.cache_url`: is not a Redis URL (its text is not shown: it may hold a password); allowed: redis://[user:password@]host[:port][/database] or unix:///path/of.sock");
    let short = [("TWILIGHT_GATEWAY_PROXY_SEARCH_CACHE_KEY", "hunter2")];
    assert_snapshot!(load("", &short).gateway_proxy().unwrap_err(), @"twilight.toml: secret `gateway-proxy.search.cache_key`: has 7 characters, 32 or more are needed");
    let urls = [("TWILIGHT_GATEWAY_PROXY_SEARCH_CACHE_URL", "redis://:hunter2@host/")];
    let given =
        load("[gateway-proxy.search]\nsearxng_url = \"http://127.0.0.1:8080\"\n", &urls).gateway_proxy().unwrap();
    assert_eq!(given.search.as_ref().unwrap().cache.as_ref().unwrap().expose(), "redis://:hunter2@host/");
    assert!(!format!("{given:?}").contains("hunter2"));
}

#[test]
fn the_api_reaches_the_gateway_of_its_own_host_unless_told_otherwise() {
    let search = load("", &[]).warehouse_api().unwrap().search;
    assert_eq!(
        (search.gateway.as_str(), search.token, search.timeout),
        ("http://127.0.0.1:3000/", None, Duration::from_secs(15))
    );
    let text = "[warehouse-api.search]\ngateway_url = \"https://gateway.example:8443\"\ntimeout_ms = 2000\n";
    let config = load(text, &[("TWILIGHT_WAREHOUSE_API_SEARCH_TOKEN", KEY)]).warehouse_api().unwrap();
    assert_eq!(
        (config.search.gateway.as_str(), config.search.timeout.as_millis()),
        ("https://gateway.example:8443/", 2000)
    );
    assert_eq!(config.search.token.as_ref().unwrap().expose(), KEY);
    assert!(!format!("{config:?}").contains(KEY));
    assert_snapshot!(refused("[warehouse-api.search]\ngateway_url = \"http://user:hunter2@host\"\n"), @"twilight.toml:2: `warehouse-api.search.gateway_url`: is no base URL; allowed: an http:// or https:// URL without credentials");
}

#[test]
fn keys_are_never_shown() {
    let section = format!(
        "[gateway-proxy]\nadmin_token = \"{KEY}\"\nmaster_key = \"{KEY}{KEY}\"\nprevious_master_key = \"{KEY}{KEY}\"\n"
    );
    let config = load(&format!("{section}{}", channel("")), &[]);
    let shown = format!("{config:?} {:?} {:?}", config.gateway_proxy().unwrap(), config.gateway_admin().unwrap());
    assert!(!shown.contains(KEY) && shown.contains("[redacted]"), "{shown}");
    let wrong = [
        format!("[gateway-proxy]\nadmin_token = [\"{KEY}\"]\n"),
        format!("[gateway-proxy]\nmaster_key = \"{KEY}\"\nmaster_key_file = \"{KEY}\"\n"),
        channel(&format!("base_url = \"http://user:{KEY}@host\"")),
        channel("").replace(KEY, &format!("{KEY} {KEY}")),
        channel("").replace(KEY, &format!("{KEY}\\n")),
    ];
    for text in wrong {
        let error = Config::from_toml(&text, "twilight.toml", &Environment::default())
            .and_then(|config| config.gateway_proxy())
            .unwrap_err();
        assert!(!format!("{error} {error:?}").contains(KEY), "{error}");
    }
}
