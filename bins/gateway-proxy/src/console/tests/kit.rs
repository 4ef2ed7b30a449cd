//! A gateway as far as its pages go, and a browser in front of it.

use std::{fmt::Write as _, sync::Arc};

use access_tokens::{Digest, Directory};
use chrono::{DateTime, TimeDelta, Utc};
use daemon_kit::{
    clock::Clock,
    config::{Config, Environment, Secret},
};
use gateway_ledger::{
    AttemptRecord, AuditEntry, AuditFilter, Charge, Considered, Ledger, LedgerOptions, RequestRow, TokenRecord,
};
use llm_upstream::{UpstreamOptions, Upstreams};
use operator_console::testing::{Answer, Browser};
use route_policy::{Cny, Day, DefaultPrice, Router, RouterOptions, Usage};
use tempfile::TempDir;

use super::super::{Pages, mount};
use crate::{
    admin::AdminAuth,
    channels::Channels,
    gateway::{Gateway, Parts},
    prices::PriceBook,
    relay::RelayOptions,
    search::SearchFront,
    time::Time,
    tokens::Tokens,
};

pub(super) const ADMIN: &str = "the-operators-own-token";
/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:1/v1";

/// Noon on a Monday in Shanghai.
pub(super) fn noon() -> DateTime<Utc> {
    "2026-11-23T04:00:00Z".parse().unwrap()
}

pub(super) fn yuan(text: &str) -> Cny {
    text.parse().unwrap()
}

pub(super) struct World {
    pub(super) gateway: Arc<Gateway>,
    pub(super) tokens: Arc<Tokens>,
    router: axum::Router,
    _folder: TempDir,
}

impl World {
    /// With channels of these names and budgets a day.
    pub(super) async fn of(channels: &[(&str, &str)]) -> Self {
        Self::over(tempfile::tempdir().unwrap(), "", channels).await
    }

    /// And with this file of prices, and a search.
    pub(super) async fn with_prices_and_search(channels: &[(&str, &str)], prices: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("prices.toml"), prices).unwrap();
        Self::over(folder, &format!("[gateway-proxy.search]\nsearxng_url = \"{NOWHERE}\"\n"), channels).await
    }

    async fn over(folder: TempDir, settings: &str, channels: &[(&str, &str)]) -> Self {
        let at = |name: &str| folder.path().join(name);
        let mut text = format!("[gateway-proxy]\nstate = {:?}\nprices = {:?}\n", at("state"), at("prices.toml"));
        for (name, budget) in channels {
            write!(
                text,
                "[[gateway-proxy.channels]]\nname = \"{name}\"\nkey = \"sk-secret-of-{name}\"\ndialect = \"openai\"\n\
                 base_url = \"{NOWHERE}\"\nmodels = [\"qwen-plus\"]\nbudget_cny_per_day = \"{budget}\"\n"
            )
            .unwrap();
        }
        text.push_str(settings);
        let read = Config::from_toml(&text, "test", &Environment::default()).unwrap();
        let (config, clock) = (read.gateway_proxy().unwrap(), Clock::fixed(noon()));
        let default = DefaultPrice { input: Cny::from_yuan(10), output: Cny::from_yuan(40) };
        let options = LedgerOptions { group_commit_ms: 1, ..LedgerOptions::default() };
        let (ledger, _) = Ledger::open(&config.state, options, noon()).unwrap();
        let (prices, _) = PriceBook::open(&config.prices, &config.state, default, noon()).await.unwrap();
        let directory = Arc::new(Directory::new());
        let tokens = Arc::new(Tokens::new(ledger.clone(), directory.clone(), clock.clone()));
        tokens.load().await.unwrap();
        let gateway = Gateway::new(Parts {
            options: RelayOptions::from(&config),
            router: Router::new(RouterOptions::default()),
            upstreams: Upstreams::new(UpstreamOptions::default()).unwrap(),
            ledger,
            directory: directory.clone(),
            time: Time::new(clock.clone()),
            prices: prices.table(),
            crash_at: None,
        });
        let channels = Arc::new(Channels::new(&config).unwrap());
        channels.restore(&gateway).await.unwrap();
        let auth = AdminAuth::new(Some(&Secret::new(ADMIN)), directory.clone(), clock.clone());
        let search = config.search.as_ref();
        let search =
            search.map(|search| Arc::new(SearchFront::new(search, &config.state, directory.clone(), &clock).unwrap()));
        let pages = Pages::new(gateway.clone(), channels, Arc::new(prices), tokens.clone(), search);
        let router = mount(read.console(), auth, clock, pages);
        Self { gateway, tokens, router, _folder: folder }
    }

    /// Somebody without a session.
    pub(super) fn stranger(&self, language: &str) -> Browser {
        Browser::new(self.router.clone(), language)
    }

    /// The operator, logged in.
    pub(super) async fn operator(&self, language: &str) -> Browser {
        let mut browser = self.stranger(language);
        let answer = browser.log_in(ADMIN).await;
        assert_eq!(answer.status.as_u16(), 200, "{answer:?}");
        browser
    }

    /// Writes requests into the books.
    pub(super) async fn book(&self, rows: impl IntoIterator<Item = RequestRow>) {
        for row in rows {
            self.gateway.ledger.record(row).unwrap();
        }
        self.gateway.ledger.flush().await.unwrap();
    }

    /// Registers a token whose text is its id.
    pub(super) async fn register(&self, id: &str, profile: &str, scope: &str, cap: Option<&str>) {
        let token = TokenRecord {
            id: id.to_owned(),
            name: id.to_owned(),
            profile: profile.to_owned(),
            sha256: *Digest::of(id.as_bytes()).as_bytes(),
            scopes: vec![scope.to_owned()],
            models: None,
            daily_cap: cap.map(yuan),
            expires_at: None,
            created_at: noon(),
            revoked_at: None,
        };
        self.tokens.register(token, "setup").await.unwrap();
    }

    /// What the audit log has of an action, newest first.
    pub(super) async fn audit(&self, action: &str) -> Vec<AuditEntry> {
        let filter = AuditFilter { action: Some(action.to_owned()), ..AuditFilter::default() };
        self.gateway.ledger.audit_log(filter, None, 100).await.unwrap().entries
    }
}

/// A request that ended well on `channel`, `minutes` ago.
pub(super) fn row(id: &str, profile: &str, channel: &str, cny: &str, minutes: i64) -> RequestRow {
    let (channel, at): (Arc<str>, _) = (channel.into(), noon() - TimeDelta::minutes(minutes));
    let charge = Charge {
        attempt: 1,
        channel: channel.clone(),
        account: channel.clone(),
        upstream_model: "qwen-plus".into(),
        day: Day::of(at),
        usage: Usage { input: 1234, cached_input: 20, output: 50, thinking: 10 },
        cny: yuan(cny),
        reserved: yuan("1"),
        estimated: false,
        breach: None,
        price_known: true,
    };
    let lost = Considered { channel: "other".into(), lost: "parked (key_dead)".into() };
    let attempt = AttemptRecord { channel: Some(channel), outcome: "ok".into(), ms: 890, considered: vec![lost] };
    RequestRow {
        id: id.into(),
        at,
        profile: profile.into(),
        token_id: Some("token-1".into()),
        endpoint: "chat_completions".into(),
        model: "qwen-plus".into(),
        stream: true,
        outcome: "ok".into(),
        failed: false,
        status: 200,
        latency_ms: 900,
        first_byte_ms: Some(120),
        waited_ms: 0,
        charges: vec![charge],
        decision: vec![attempt],
    }
}

/// The words of a page, without its tags.
pub(super) fn words(page: &Answer) -> String {
    let mut text = String::new();
    let mut is_tag = false;
    for letter in page.body.chars() {
        match letter {
            '<' => (is_tag, text) = (true, text + " "),
            '>' => is_tag = false,
            _ if !is_tag => text.push(letter),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Asserts that the page has all these words.
pub(super) fn says(page: &Answer, all: &[&str]) {
    let text = words(page);
    for one in all {
        assert!(text.contains(one), "no {one:?} in: {text}");
    }
}
