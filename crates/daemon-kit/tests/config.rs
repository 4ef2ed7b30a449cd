//! What the configuration refuses, and how it says so; where secrets come from, and that they stay unseen.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fs, path::Path, time::Duration};

use daemon_kit::config::{
    AlertKind, AlertSeverity, Checks, Config, ConfigError, Environment, IngestWorkerConfig, NoLimitDayConfig, Scope,
};
use insta::assert_snapshot;

const TOKEN: &str = "f00dfacef00dfacef00dface";

fn refused(text: &str) -> String {
    Config::from_toml(text, "twilight.toml", &Environment::default()).unwrap_err().to_string()
}

fn load(text: &str, environment: &[(&str, &str)]) -> Config {
    Config::from_toml(text, "twilight.toml", &environment.iter().copied().collect()).unwrap()
}

fn ingest_worker(text: &str, environment: &[(&str, &str)]) -> Result<IngestWorkerConfig, ConfigError> {
    load(text, environment).ingest_worker()
}

fn token(text: &str, environment: &[(&str, &str)]) -> String {
    ingest_worker(text, environment).unwrap().tushare.unwrap().token.expose().to_owned()
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_known_one() {
    assert_snapshot!(refused("[warehouse]\nroot = \"x\"\nmemory_limit = 5\n"), @"twilight.toml:3: unknown key `warehouse.memory_limit` (did you mean `memory_limit_mb`?); allowed here: root, memory_limit_mb, threads, source_priority, keep_generations, feature_days, coverage_percent, expected_by, parquet");
    assert_snapshot!(refused("[ingest-worker.schedule]\ndaily-market = \"off\"\n"), @"twilight.toml:2: unknown key `ingest-worker.schedule.daily-market` (did you mean `daily_market`?); allowed here: daily_market, reference, tdx_daily_market, global_market, macro_series, fundamentals, backfill, expire_features, compact");
    assert_snapshot!(refused("[warehouse-api]\nzebra = 1\n"), @"twilight.toml:2: unknown key `warehouse-api.zebra`; allowed here: listen, published, memory_limit_mb, connections, poll_ms, max_days, request_timeout_ms, stale_after_h, token_cache, search, tokens");
    assert_snapshot!(refused("[[warehouse-api.tokens]]\nname = \"a\"\nscope = [\"read\"]\n"), @"twilight.toml:3: unknown key `warehouse-api.tokens[0].scope` (did you mean `scopes`?); allowed here: name, token, token_file, scopes");
}

#[test]
fn an_unknown_section_is_refused_with_the_nearest_known_one() {
    assert_snapshot!(refused("[telemetry]\n\n[ingest_worker]\nlisten = \"127.0.0.1:1\"\n"), @"twilight.toml:3: unknown key `ingest_worker` (did you mean `ingest-worker`?); allowed here: warehouse, queue, telemetry, ingest-worker, quality-worker, warehouse-api, gateway-proxy, profile-registry, replica, backup, status, console");
}

#[test]
fn an_unknown_entry_of_an_open_table_is_refused_too() {
    assert_snapshot!(refused("[queue.urls]\ningst = \"redis://h/\"\n"), @"twilight.toml:2: unknown key `queue.urls.ingst` (did you mean `ingest`?); allowed here: ingest, ingest_file, warehouse-write, warehouse-write_file, quality, quality_file, provision, provision_file, gateway, gateway_file");
    assert_snapshot!(refused("[ingest-worker.tushare.calls_per_minute]\nstock_basics = 5\n"), @"twilight.toml:2: unknown key `ingest-worker.tushare.calls_per_minute.stock_basics` (did you mean `stock_basic`?); allowed here: default, adj_factor, daily, daily_basic, dividend, fina_indicator, fina_indicator_vip, income, income_vip, index_daily, namechange, stk_limit, stock_basic, suspend_d, trade_cal");
}

#[test]
fn a_value_of_the_wrong_type_names_what_is_allowed() {
    assert_snapshot!(refused("[warehouse]\nthreads = \"two\"\n"), @"twilight.toml:2: `warehouse.threads`: this string cannot stand here; allowed: a whole number from 0 to 4294967295");
    assert_snapshot!(refused("[warehouse]\nthreads = -1\n"), @"twilight.toml:2: `warehouse.threads`: this integer cannot stand here; allowed: a whole number from 0 to 4294967295");
    assert_snapshot!(refused("[ingest-worker.tushare]\nenabled = \"yes\"\n"), @"twilight.toml:2: `ingest-worker.tushare.enabled`: this string cannot stand here; allowed: true or false");
    assert_snapshot!(refused("warehouse = 5\n"), @"twilight.toml:1: `warehouse`: this integer cannot stand here; allowed: a table");
}

#[test]
fn a_value_out_of_range_names_the_range() {
    assert_snapshot!(refused("[warehouse]\ncoverage_percent = 980\n"), @"twilight.toml:2: `warehouse.coverage_percent`: 980 is out of range; allowed: 0 to 100");
    assert_snapshot!(refused("[warehouse]\nroot = \"\"\n"), @"twilight.toml:2: `warehouse.root`: is empty; allowed: a path; relative ones start at the working folder");
    assert_snapshot!(refused("[warehouse.source_priority]\ndaily = [\"tushare\", \"tdx\", \"tushare\"]\n"), @"twilight.toml:2: `warehouse.source_priority.daily`: is empty or names a source twice; allowed: each source once, the preferred one first");
    assert_snapshot!(refused("[ingest-worker]\nlisten = \"8101\"\n"), @r#"twilight.toml:2: `ingest-worker.listen`: "8101" is no socket address; allowed: an address and a port, as in "127.0.0.1:8000" or "[::]:8000""#);
    assert_snapshot!(refused("[ingest-worker]\nkeep_from = \"05.01.2026\"\n"), @r#"twilight.toml:2: `ingest-worker.keep_from`: "05.01.2026" is no date; allowed: a date, as in "2026-01-05""#);
    assert_snapshot!(refused("[ingest-worker]\npublication_time = \"25:00\"\n"), @r#"twilight.toml:2: `ingest-worker.publication_time`: "25:00" is no time of day; allowed: a time of day from "00:00" to "23:59""#);
    assert_snapshot!(refused("[ingest-worker.schedule]\ncompact = \"monthly\"\n"), @r#"twilight.toml:2: `ingest-worker.schedule.compact`: "monthly" is no schedule; allowed: "off", or second minute hour day month weekday, as in "0 30 18 * * *" (weekdays 1 = Sunday to 7)"#);
    assert_snapshot!(refused("[telemetry]\nformat = \"xml\"\n"), @r#"twilight.toml:2: `telemetry.format`: "xml" is no format; allowed: auto, pretty, json"#);
    assert_snapshot!(refused("[telemetry]\nlog = \"loud=yes=no\"\n"), @r#"twilight.toml:2: `telemetry.log`: error parsing level filter: expected one of "off", "error", "warn", "info", "debug", "trace", or a number 0-5; allowed: a level, or directives as in "info,warehouse=debug""#);
    assert_snapshot!(refused("[ingest-worker.tushare]\nbase_url = \"api.tushare.pro\"\n"), @"twilight.toml:2: `ingest-worker.tushare.base_url`: is no base URL; allowed: an http:// or https:// URL without credentials");
    assert_snapshot!(refused("[[warehouse-api.tokens]]\nname = \"a\"\nscopes = [\"write\"]\n"), @r#"twilight.toml:3: `warehouse-api.tokens[0].scopes`: "write" is no scope; allowed: read, search, admin"#);
    assert_snapshot!(refused("[[warehouse-api.tokens]]\nscopes = []\n"), @r#"twilight.toml:1: `warehouse-api.tokens[0].name`: "" is no name; allowed: letters, digits and hyphens"#);
}

#[test]
fn text_that_is_no_toml_names_the_line() {
    assert_snapshot!(refused("[warehouse]\nroot = data\n"), @"twilight.toml:2: not valid TOML: string values must be quoted, expected literal string");
    assert_snapshot!(refused("[warehouse]\nroot = \"a\"\nroot = \"b\"\n"), @"twilight.toml:3: not valid TOML: duplicate key");
}

#[test]
fn a_file_that_was_named_must_exist() {
    let error = Config::load(Some(Path::new("no-such.toml")), &Environment::default()).unwrap_err();
    assert!(matches!(error, ConfigError::Unreadable { .. }), "{error}");
}

#[test]
fn the_environment_may_name_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.toml");
    fs::write(&file, "[warehouse]\nroot = \"elsewhere\"\n").unwrap();
    let environment = [("TWILIGHT_CONFIG", file.to_str().unwrap())].into_iter().collect();
    let config = Config::load(None, &environment).unwrap();
    assert_eq!(config.warehouse().root, Path::new("elsewhere"));
    assert_eq!(config.path(), Some(file.as_path()));
}

#[test]
fn an_empty_file_gives_the_defaults() {
    let config = load("", &[("TUSHARE_TOKEN", TOKEN)]);
    let worker = config.ingest_worker().unwrap();
    assert_eq!(worker.job_timeout, Duration::from_secs(900));
    assert_eq!(worker.schedule.daily_market.as_deref(), Some("0 30 18 * * *"));
    assert_eq!(config.queue().unwrap().url("ingest").expose(), "redis://127.0.0.1:6379/");
    assert_eq!(config.warehouse_api().unwrap().published, Path::new("data/warehouse/published"));
}

#[test]
fn off_switches_a_schedule_off() {
    let worker = ingest_worker("[ingest-worker.schedule]\ncompact = \"off\"\n", &[("TUSHARE_TOKEN", TOKEN)]).unwrap();
    assert_eq!(worker.schedule.compact, None);
}

#[test]
fn limits_given_for_one_interface_keep_the_default_for_the_others() {
    let text = "[ingest-worker.tushare.calls_per_minute]\ndaily = 500\n";
    let tushare = ingest_worker(text, &[("TUSHARE_TOKEN", TOKEN)]).unwrap().tushare.unwrap();
    assert_eq!(tushare.calls_per_minute["daily"], 500);
    assert_eq!(tushare.calls_per_minute["default"], 200);
}

#[test]
fn a_secret_comes_from_the_nearest_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    fs::write(&path, "from-a-file\n").unwrap();
    let path = path.to_str().unwrap();
    let section = "[ingest-worker.tushare]\n";
    let inline = format!("{section}token = \"inline\"\n");
    let in_file = format!("{section}token_file = {path:?}\n");

    assert_eq!(token(&inline, &[]), "inline");
    assert_eq!(token(&in_file, &[]), "from-a-file");
    assert_eq!(token(&inline, &[("TUSHARE_TOKEN", "short")]), "short");
    assert_eq!(token(&inline, &[("TUSHARE_TOKEN", "")]), "inline");
    assert_eq!(token(&inline, &[("TUSHARE_TOKEN_FILE", path)]), "from-a-file");
    assert_eq!(
        token(&in_file, &[("TUSHARE_TOKEN", "short"), ("TWILIGHT_INGEST_WORKER_TUSHARE_TOKEN", "long")]),
        "long"
    );
    assert_eq!(token("", &[("TWILIGHT_INGEST_WORKER_TUSHARE_TOKEN_FILE", path)]), "from-a-file");
}

#[test]
fn a_source_that_cannot_work_as_configured_is_refused() {
    assert_snapshot!(refused("[warehouse.source_priority]\nforeign = [\"bloomberg\"]\n"), @r#"twilight.toml:2: `warehouse.source_priority.foreign`: names the unknown source "bloomberg"; allowed: tushare, tdx, aktools, yahoo, alpha_vantage"#);
    assert_snapshot!(refused("[ingest-worker.tdx]\nservers = []\n"), @r#"twilight.toml:2: `ingest-worker.tdx.servers`: is empty; allowed: one address or more, as in "117.34.114.14:7709""#);
    assert_snapshot!(refused("[ingest-worker.tdx]\nservers = [\"117.34.114.14\"]\n"), @r#"twilight.toml:2: `ingest-worker.tdx.servers`: "117.34.114.14" is no address; allowed: host and port, as in "117.34.114.14:7709""#);
    assert_snapshot!(refused("[ingest-worker.backfill]\nslice_s = 900\n"), @"twilight.toml:2: `ingest-worker.backfill.slice_s`: 900 s is not less than job_timeout_s, 900 s; allowed: less than ingest-worker.job_timeout_s");
    assert_snapshot!(refused("[ingest-worker.backfill]\nsource = \"tongdaxin\"\n"), @r#"twilight.toml:2: `ingest-worker.backfill.source`: "tongdaxin" is no source; allowed: tushare, tdx, aktools, yahoo, alpha_vantage"#);
    assert_snapshot!(refused("[ingest-worker.yahoo]\nhistory_from = \"ever\"\n"), @r#"twilight.toml:2: `ingest-worker.yahoo.history_from`: "ever" is no date; allowed: a date, as in "2026-01-05""#);
    let without_key = [("TUSHARE_TOKEN", TOKEN)];
    assert_snapshot!(ingest_worker("[ingest-worker.alpha_vantage]\nenabled = true\n", &without_key).unwrap_err(), @"twilight.toml:1: secret `ingest-worker.alpha_vantage.api_key`: is missing: give `ingest-worker.alpha_vantage.api_key`, `ingest-worker.alpha_vantage.api_key_file`, or ALPHA_VANTAGE_API_KEY or ALPHA_VANTAGE_API_KEY_FILE in the environment; or set `enabled = false` in that section");
}

#[test]
fn only_tushare_is_asked_unless_others_are_switched_on() {
    let token = [("TUSHARE_TOKEN", TOKEN), ("ALPHA_VANTAGE_API_KEY", "demo-key")];
    let quiet = ingest_worker("", &token).unwrap();
    assert!(quiet.tushare.is_some() && quiet.tdx.is_none() && quiet.aktools.is_none());
    assert!(quiet.yahoo.is_none() && quiet.alpha_vantage.is_none());
    let sections = ["tdx", "aktools", "yahoo", "alpha_vantage"];
    let all: String = sections.iter().map(|name| format!("[ingest-worker.{name}]\nenabled = true\n")).collect();
    let all = ingest_worker(&all, &token).unwrap();
    assert_eq!(all.tdx.unwrap().servers.len(), 7);
    assert_eq!(all.aktools.unwrap().base_url, "http://127.0.0.1:8080");
    assert!(all.yahoo.unwrap().codes.contains(&"USDCNY.FX".to_owned()));
    assert_eq!(all.alpha_vantage.unwrap().api_key.expose(), "demo-key");
}

#[test]
fn a_secret_given_twice_is_an_error() {
    assert_snapshot!(refused("[ingest-worker.tushare]\ntoken = \"a\"\ntoken_file = \"b\"\n"), @"twilight.toml:3: secret `ingest-worker.tushare.token`: given twice, as `ingest-worker.tushare.token` and as `ingest-worker.tushare.token_file`: keep one");
    let twice = [("TUSHARE_TOKEN", "a"), ("TUSHARE_TOKEN_FILE", "b")];
    assert_snapshot!(ingest_worker("", &twice).unwrap_err(), @"twilight.toml: secret `ingest-worker.tushare.token`: given twice, in TUSHARE_TOKEN and in TUSHARE_TOKEN_FILE: keep one");
}

#[test]
fn a_missing_or_unreadable_secret_says_how_to_give_it() {
    assert_snapshot!(ingest_worker("", &[]).unwrap_err(), @"twilight.toml: secret `ingest-worker.tushare.token`: is missing: give `ingest-worker.tushare.token`, `ingest-worker.tushare.token_file`, or TUSHARE_TOKEN or TUSHARE_TOKEN_FILE in the environment; or set `enabled = false` in that section");
    assert_snapshot!(ingest_worker("[ingest-worker.tushare]\ntoken_file = \"no-such\"\n", &[]).unwrap_err(), @"twilight.toml:2: secret `ingest-worker.tushare.token`: cannot read the file that ingest-worker.tushare.token_file names, no-such: No such file or directory (os error 2)");
    assert_snapshot!(refused("[ingest-worker.tushare]\ntoken = \"\"\n"), @"twilight.toml:2: secret `ingest-worker.tushare.token`: is empty: remove the line, or give a value");
    assert!(ingest_worker("[ingest-worker.tushare]\nenabled = false\n", &[]).unwrap().tushare.is_none());
}

#[test]
fn a_daemon_needs_no_secret_of_another() {
    let config = load("[ingest-worker.tushare]\ntoken_file = \"no-such\"\n", &[]);
    config.warehouse_api().unwrap();
    config.queue().unwrap();
}

#[test]
fn api_tokens_come_from_the_file_or_by_name_from_the_environment() {
    let text = format!(
        "[[warehouse-api.tokens]]\nname = \"agent\"\ntoken = \"{TOKEN}\"\n\n\
         [[warehouse-api.tokens]]\nname = \"ops-desk\"\nscopes = [\"admin\", \"read\"]\n"
    );
    let tokens =
        load(&text, &[("TWILIGHT_WAREHOUSE_API_TOKENS_OPS_DESK", "0123456789abcdef")]).warehouse_api().unwrap();
    let [agent, ops] = tokens.tokens.as_slice() else { panic!("{tokens:?}") };
    assert_eq!((agent.token.expose(), agent.scopes.iter().collect::<Vec<_>>()), (TOKEN, vec![&Scope::Read]));
    assert_eq!((ops.token.expose(), ops.scopes.len()), ("0123456789abcdef", 2));

    let short = [("TWILIGHT_WAREHOUSE_API_TOKENS_OPS_DESK", "short")];
    assert_snapshot!(load(&text, &short).warehouse_api().unwrap_err(), @"twilight.toml:5: secret `warehouse-api.tokens[1].token`: has 5 characters, 16 or more are needed");
    let same = [("TWILIGHT_WAREHOUSE_API_TOKENS_OPS_DESK", TOKEN)];
    assert_snapshot!(load(&text, &same).warehouse_api().unwrap_err(), @r#"twilight.toml:5: secret `warehouse-api.tokens[1].token`: is also the token of "agent""#);
    assert_snapshot!(load(&text, &[]).warehouse_api().unwrap_err(), @"twilight.toml:5: secret `warehouse-api.tokens[1].token`: is missing: give `warehouse-api.tokens[1].token`, `warehouse-api.tokens[1].token_file`, or TWILIGHT_WAREHOUSE_API_TOKENS_OPS_DESK or TWILIGHT_WAREHOUSE_API_TOKENS_OPS_DESK_FILE in the environment");
}

#[test]
fn alerts_go_where_the_file_or_the_environment_says() {
    let robot = format!("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={TOKEN}");
    let text = format!(
        "[[quality-worker.alerts]]\nname = \"ops\"\nkind = \"wecom\"\nurl = {robot:?}\nmin_severity = \"error\"\nrepeat_after_h = 0\n\n\
         [[quality-worker.alerts]]\nname = \"night-shift\"\nkind = \"telegram\"\nchat_id = \"-100\"\n"
    );
    let bot = "https://api.telegram.org/bot1:x/sendMessage";
    let worker = load(&text, &[("TWILIGHT_QUALITY_WORKER_ALERTS_NIGHT_SHIFT", bot)]).quality_worker().unwrap();
    let [ops, night] = worker.alerts.as_slice() else { panic!("{worker:?}") };
    assert_eq!((ops.url.expose(), &ops.kind, ops.repeat_after), (&*robot, &AlertKind::Wecom, None));
    assert_eq!((night.url.expose(), &night.kind), (bot, &AlertKind::Telegram { chat_id: "-100".to_owned() }));
    assert_eq!((ops.min_severity, night.min_severity), (AlertSeverity::Error, AlertSeverity::Warning));
    assert_eq!(night.repeat_after, Some(chrono::TimeDelta::hours(24)));

    assert_snapshot!(load(&text, &[]).quality_worker().unwrap_err(), @"twilight.toml:8: secret `quality-worker.alerts[1].url`: is missing: give `quality-worker.alerts[1].url`, `quality-worker.alerts[1].url_file`, or TWILIGHT_QUALITY_WORKER_ALERTS_NIGHT_SHIFT or TWILIGHT_QUALITY_WORKER_ALERTS_NIGHT_SHIFT_FILE in the environment");
    let no_url = [("TWILIGHT_QUALITY_WORKER_ALERTS_NIGHT_SHIFT", TOKEN)];
    assert_snapshot!(load(&text, &no_url).quality_worker().unwrap_err(), @"twilight.toml:8: secret `quality-worker.alerts[1].url`: is no http:// or https:// URL (its text is not shown: it holds a key)");
    load(&text, &[]).warehouse_api().unwrap();
}

#[test]
fn an_alert_that_cannot_work_as_configured_is_refused() {
    let alert = |lines: &str| refused(&format!("[[quality-worker.alerts]]\nname = \"a\"\n{lines}\n"));
    assert_snapshot!(alert("kind = \"mail\""), @r#"twilight.toml:3: `quality-worker.alerts[0].kind`: "mail" is no kind; allowed: webhook, wecom, telegram"#);
    assert_snapshot!(alert("kind = \"telegram\""), @r#"twilight.toml:1: `quality-worker.alerts[0].chat_id`: is empty or missing; allowed: the chat that the bot writes to, as in "-1001234567890" or "@channel""#);
    assert_snapshot!(alert("kind = \"wecom\"\nchat_id = \"1\""), @"twilight.toml:4: `quality-worker.alerts[0].chat_id`: is for Telegram; allowed: no such line");
    assert_snapshot!(alert("kind = \"wecom\"\nmin_severity = \"info\""), @r#"twilight.toml:4: `quality-worker.alerts[0].min_severity`: "info" cannot be chosen; allowed: warning, error"#);
    assert_snapshot!(alert(&format!("kind = \"wecom\"\nurl = \"{TOKEN}\"")), @"twilight.toml:4: secret `quality-worker.alerts[0].url`: is no http:// or https:// URL (its text is not shown: it holds a key)");
    assert_snapshot!(alert("kind = \"wecom\"\n[[quality-worker.alerts]]\nname = \"A\"\nkind = \"webhook\""), @r#"twilight.toml:5: `quality-worker.alerts[1].name`: "a" is taken; allowed: every name once"#);
    assert_snapshot!(refused("[quality-worker]\nchecks = \"none\"\n"), @r#"twilight.toml:2: `quality-worker.checks`: "none" is no choice; allowed: all, freshness"#);
    assert_snapshot!(refused("[warehouse]\nexpected_by = \"late\"\n"), @r#"twilight.toml:2: `warehouse.expected_by`: "late" is no time of day; allowed: a time of day from "00:00" to "23:59""#);
    assert_snapshot!(refused("[[quality-worker.no_limit_days]]\ncode = \"000001.SZ\"\ndate = \"2007-06-20\"\n"), @"twilight.toml:1: `quality-worker.no_limit_days[0].source`: is empty or missing; allowed: who says so, as a URL or the name of the exchange's notice");
}

#[test]
fn percentages_become_shares_and_days_without_a_limit_are_kept_as_written() {
    let text = "[quality-worker]\nclose_tolerance_percent = 0.05\n[[quality-worker.no_limit_days]]\n\
                code = \"000001.SZ\"\ndate = \"2007-06-20\"\nsource = \"SZSE\"\n";
    let worker = load(text, &[]).quality_worker().unwrap();
    assert!((worker.close_tolerance - 0.0005).abs() < 1e-12 && (worker.large_move - 0.2).abs() < 1e-12);
    let day = NoLimitDayConfig {
        code: "000001.SZ".to_owned(),
        date: "2007-06-20".parse().unwrap(),
        source: "SZSE".to_owned(),
    };
    assert_eq!((worker.no_limit_days, worker.checks), (vec![day], Checks::All));
}

#[test]
fn a_queue_may_have_a_redis_of_its_own() {
    let config =
        load("[queue.urls]\ningest = \"redis://mac:6379/\"\n", &[("TWILIGHT_QUEUE_REDIS_URL", "redis://vps/")]);
    let queue = config.queue().unwrap();
    assert_eq!(queue.url("ingest").expose(), "redis://mac:6379/");
    assert_eq!(queue.url("quality").expose(), "redis://vps/");
}

#[test]
fn secrets_are_never_shown() {
    let text = format!(
        "[queue]\nredis_url = \"redis://:{TOKEN}@host/\"\n[queue.urls]\ningest = \"redis://:{TOKEN}@other/\"\n\
         [ingest-worker.tushare]\ntoken = \"{TOKEN}\"\n\
         [ingest-worker.alpha_vantage]\nenabled = true\napi_key = \"{TOKEN}\"\n[[warehouse-api.tokens]]\nname = \"a\"\ntoken = \"{TOKEN}\"\n\
         [[quality-worker.alerts]]\nname = \"a\"\nkind = \"webhook\"\nurl = \"https://h/{TOKEN}\"\n"
    );
    let config = load(&text, &[("TUSHARE_TOKEN", TOKEN)]);
    let all = (
        config.queue().unwrap(),
        config.ingest_worker().unwrap(),
        config.warehouse_api().unwrap(),
        config.quality_worker().unwrap(),
    );
    let shown = format!("{config:?} {all:?} {}", all.0.redis_url);
    assert!(!shown.contains(TOKEN), "{shown}");
    assert!(shown.contains("[redacted]"));
}

#[test]
fn secrets_are_not_shown_by_errors_either() {
    let wrong = [
        format!("[queue]\nredis_url = \"http://:{TOKEN}@host/\"\n"),
        format!("[queue]\nredis_url = [\"{TOKEN}\"]\n"),
        format!("[ingest-worker.tushare]\ntoken = {{ value = \"{TOKEN}\" }}\n"),
        format!("[ingest-worker.tushare]\ntoken = {TOKEN}\n"),
        format!("[ingest-worker.tushare]\ntoken = \"{TOKEN}\n"),
        "[ingest-worker.tushare]\ntoken = 1234567890\n".to_owned(),
        format!("[warehouse-api]\ntokens = [\"{TOKEN}\"]\n"),
        format!("[[warehouse-api.tokens]]\nname = \"a\"\ntoken = \"{TOKEN}\"\ntoken_file = \"{TOKEN}\"\n"),
        format!("[ingest-worker.tushare]\nbase_url = \"http://user:{TOKEN}@host\"\n"),
        format!("[[quality-worker.alerts]]\nname = \"a\"\nkind = \"webhook\"\nurl = \"{TOKEN}\"\n"),
        format!("[[quality-worker.alerts]]\nname = \"a\"\nkind = \"webhook\"\nurl = \"ftp://h/{TOKEN}\"\n"),
    ];
    for text in wrong {
        let error = Config::from_toml(&text, "twilight.toml", &Environment::default()).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(TOKEN) && !shown.contains("1234567890"), "{shown}");
        assert!(shown.contains("twilight.toml:"), "{shown}");
    }
    let environment: Environment = [("TWILIGHT_QUEUE_REDIS_URL", TOKEN)].into_iter().collect();
    let error = Config::from_toml("", "(defaults)", &environment).unwrap().queue().unwrap_err();
    assert!(!format!("{error:?} {environment:?}").contains(TOKEN));
}
