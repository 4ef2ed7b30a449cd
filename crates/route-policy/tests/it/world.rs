//! A router with channels from a small table, and a clock that tests move.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use route_policy::{
    Admission, Ask, At, ChannelKey, ChannelSpec, Cny, DefaultPrice, Grant, GroupSpec, ModelOffer, PriceTable, Refusal,
    Router, RouterOptions, Tick, Ticket,
};

/// ¥1 per million tokens, so that 1,000 tokens cost ¥0.001.
pub(crate) fn prices() -> Arc<PriceTable> {
    let price = Cny::from_yuan(1);
    Arc::new(PriceTable::from_rows(&[], DefaultPrice { input: price, output: price }).unwrap())
}

/// Channels from a table with a heading: `name`, then any of `account group models priority weight rpm tpm flight
/// budget`; `-` is the default. Models are `public` or `public=upstream`, by commas; the default is `m`.
pub(crate) fn channels(table: &str) -> Vec<ChannelSpec> {
    let mut lines = table.trim().lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let heading = lines.next().unwrap();
    lines.map(|cells| channel(&heading, &cells)).collect()
}

fn channel(heading: &[&str], cells: &[&str]) -> ChannelSpec {
    let cell = |name: &str| {
        let at = heading.iter().position(|column| *column == name)?;
        cells.get(at).copied().filter(|cell| *cell != "-")
    };
    let name = cell("name").unwrap();
    let offer = |text: &str| {
        let (public, upstream) = text.split_once('=').unwrap_or((text, text));
        ModelOffer { public: public.into(), upstream: upstream.into() }
    };
    ChannelSpec {
        name: name.into(),
        account: cell("account").unwrap_or(name).into(),
        group: cell("group").unwrap_or("default").into(),
        models: cell("models").unwrap_or("m").split(',').map(offer).collect(),
        priority: cell("priority").map_or(0, |cell| cell.parse().unwrap()),
        weight: cell("weight").map_or(1, |cell| cell.parse().unwrap()),
        rpm: cell("rpm").map(|cell| cell.parse().unwrap()),
        tpm: cell("tpm").map(|cell| cell.parse().unwrap()),
        max_in_flight: cell("flight").map(|cell| cell.parse().unwrap()),
        budget_per_day: cell("budget").map(|cell| cell.parse().unwrap()),
        enabled: cell("enabled") != Some("no"),
    }
}

/// Monday noon in Shanghai.
pub(crate) const NOON: &str = "2026-11-23T04:00:00Z";

pub(crate) struct World {
    pub(crate) router: Router,
    start: DateTime<Utc>,
    pub(crate) millis: u64,
    /// Attempts under way, oldest first.
    pub(crate) open: Vec<Grant>,
    pub(crate) tickets: Vec<Ticket>,
    pub(crate) last_refusal: Option<Refusal>,
}

impl World {
    pub(crate) fn new(table: &str) -> Self {
        Self::with(table, Vec::new(), RouterOptions::default())
    }

    pub(crate) fn with(table: &str, groups: Vec<GroupSpec>, options: RouterOptions) -> Self {
        let mut world = Self {
            router: Router::new(options),
            start: NOON.parse().unwrap(),
            millis: 1_000_000,
            open: Vec::new(),
            tickets: Vec::new(),
            last_refusal: None,
        };
        let at = world.at();
        world.router.configure(channels(table), groups, prices(), at);
        world.lease_all();
        world
    }

    pub(crate) fn at(&self) -> At {
        let wall = self.start + TimeDelta::milliseconds(i64::try_from(self.millis - 1_000_000).unwrap());
        At { tick: Tick::from_millis(self.millis), wall }
    }

    /// Moves the wall clock alone.
    pub(crate) fn set_wall(&mut self, wall: &str) {
        let wall: DateTime<Utc> = wall.parse().unwrap();
        self.start = wall - TimeDelta::milliseconds(i64::try_from(self.millis - 1_000_000).unwrap());
    }

    pub(crate) fn after(&mut self, duration: Duration) {
        self.millis += u64::try_from(duration.as_millis()).unwrap();
    }

    pub(crate) fn after_s(&mut self, seconds: u64) {
        self.after(Duration::from_secs(seconds));
    }

    /// A ledger that grants everything, within the limit.
    pub(crate) fn lease_all(&mut self) {
        let at = self.at();
        for want in self.router.wanted_leases(at) {
            self.router.lease_granted(&want.channel, want.day, want.amount);
        }
    }

    pub(crate) fn key(&self, name: &str) -> ChannelKey {
        self.router.key(name).unwrap()
    }

    pub(crate) fn name(&self, key: ChannelKey) -> String {
        self.router.name(key).unwrap().to_string()
    }

    pub(crate) fn ask(&self, model: &str, tokens: u64) -> Ask {
        Ask {
            profile: "p".into(),
            profile_cap: None,
            model: model.into(),
            group: None,
            input_tokens: tokens,
            output_tokens: 0,
            estimated_tokens: tokens,
            deadline: self.at().tick + Duration::from_secs(3_600),
            tried: Vec::new(),
            wait: true,
        }
    }

    /// Grants it or fails the test.
    pub(crate) fn granted(&mut self, ask: &Ask) -> Grant {
        match self.router.admit(ask, self.at()) {
            Admission::Granted(grant) => grant,
            other => panic!("{other:?}"),
        }
    }

    /// The oldest attempt under way at a channel.
    pub(crate) fn take_open(&mut self, channel: &str) -> Grant {
        let key = self.key(channel);
        let at = self.open.iter().position(|grant| grant.channel == key).unwrap();
        self.open.remove(at)
    }

    pub(crate) fn state(&self, channel: &str) -> &'static str {
        self.router.status(self.at()).into_iter().find(|status| *status.name == *channel).unwrap().state.name()
    }
}
