//! A registry's folder, a gateway, a host, and orders.

use std::{collections::BTreeMap, io::Read as _, path::Path, sync::Arc};

use age::x25519;
use chrono::{DateTime, TimeDelta, Utc};
use daemon_kit::{clock::Clock, config::Secret, crash_point::CrashPoint};
use profile_store::{OwnerId, ProfileName, Snapshot, Store, allow_list::Limits, template::shipped};
use tempfile::TempDir;

pub(crate) use super::gateway::TOKEN;
use super::{
    super::{
        Alerts, Announcement, Catalog, Channel, News, Order, OrderState, Parts, Product, ProductOptions,
        ProvisionError, Provisioner, Receipt,
    },
    gateway::Gateway,
};
use crate::{
    Books, GatewayClient, Vault,
    secrets::hosts::{self, Host},
};

pub(crate) const PAYER: &str = "wx:wx24:oAbC-1";
pub(crate) const NUMBER: &str = "TW2026-0001";
pub(super) const PRICE: u64 = 9_900;

pub(crate) struct World {
    pub(crate) folder: TempDir,
    pub(crate) gateway: Gateway,
    pub(crate) url: reqwest::Url,
    pub(crate) clock: Clock,
    pub(super) host: x25519::Identity,
}

pub(super) fn bot(number: u32) -> String {
    format!("{}:{}", 100_000_000 + number, "A".repeat(34) + &(number % 10).to_string())
}

/// `stock-tg` answers by Telegram with a bot out of a pool, `stock-wx` by WeChat.
pub(super) fn catalog() -> Catalog {
    let product = |name: &str, channel| {
        let options = ProductOptions {
            name: name.to_owned(),
            template: "template-stock-research-lite".to_owned(),
            amount_fen: PRICE,
            months: 1,
            model: None,
            channel,
            gateway_url: "http://gw:3000".to_owned(),
            warehouse_url: "http://wh:8000".to_owned(),
        };
        let (_, files) = shipped().find(|(template, _)| *template == options.template).unwrap();
        Product::new(options, &files).unwrap()
    };
    Catalog::new([product("stock-tg", Channel::Telegram), product("stock-wx", Channel::Weixin)]).unwrap()
}

pub(super) fn open(folder: &Path, url: &reqwest::Url, clock: &Clock, crash_at: Option<&str>) -> Provisioner {
    Provisioner::new(Parts {
        alerts: Alerts::log_only(Books::open(folder).unwrap()),
        books: Books::open(folder).unwrap(),
        store: Store::open_or_create(folder, Limits::default()).unwrap(),
        vault: Arc::new(Vault::open(folder, None).unwrap()),
        catalog: catalog(),
        gateway: Some(GatewayClient::new(url.clone(), Secret::new(TOKEN)).unwrap()),
        grace: TimeDelta::days(3),
        low_water: 1,
        clock: clock.clone(),
        crash_at: crash_at.map(CrashPoint::named),
    })
}

impl World {
    /// With a host, and `bots` values in the pool.
    pub(crate) async fn new(bots: u32) -> Self {
        let world = Self::bare().await;
        let provisioner = world.open();
        let recipient = world.host.to_public().to_string();
        let put = move |tx: &rusqlite::Transaction<'_>| hosts::put(tx, "mini", &recipient, DateTime::UNIX_EPOCH);
        provisioner.parts().books.write(put).await.unwrap();
        let values: Vec<Secret> = (0..bots).map(|number| Secret::new(bot(number))).collect();
        if !values.is_empty() {
            provisioner.add_to_pool("telegram_bot", values).await.unwrap();
        }
        world
    }

    pub(super) async fn bare() -> Self {
        let gateway = Gateway::default();
        let url = gateway.serve().await;
        let clock = Clock::fixed("2026-11-23T04:00:00Z".parse().unwrap());
        Self { folder: TempDir::new().unwrap(), gateway, url, clock, host: x25519::Identity::generate() }
    }

    /// As a process that starts.
    pub(crate) fn open(&self) -> Provisioner {
        open(self.folder.path(), &self.url, &self.clock, None)
    }

    pub(super) fn later(&self, delta: TimeDelta) {
        self.clock.advance(delta);
    }

    pub(super) fn head(&self) -> Snapshot {
        Store::open_or_create(self.folder.path(), Limits::default()).unwrap().head().unwrap()
    }

    /// One number out of the books.
    pub(super) async fn count(&self, sql: &'static str) -> i64 {
        let books = Books::open(self.folder.path()).unwrap();
        let read = move |c: &rusqlite::Connection| Ok::<_, ProvisionError>(c.query_row(sql, [], |row| row.get(0))?);
        books.read(read).await.unwrap()
    }

    /// What the host finds in its `.env`, after it has fetched and acknowledged it.
    pub(crate) async fn fetch(&self, provisioner: &Provisioner, profile: &str) -> BTreeMap<String, String> {
        let profile = ProfileName::parse(profile).unwrap();
        let env = provisioner.env(&self.mini(), &profile).await.unwrap();
        provisioner.delivered("mini", &profile, &env.fingerprint).await.unwrap();
        self.unseal(&env.sealed)
    }

    pub(super) fn unseal(&self, sealed: &str) -> BTreeMap<String, String> {
        let decryptor = age::Decryptor::new(age::armor::ArmoredReader::new(sealed.as_bytes())).unwrap();
        let mut text = String::new();
        let identities = std::iter::once(&self.host as &dyn age::Identity);
        decryptor.decrypt(identities).unwrap().read_to_string(&mut text).unwrap();
        let file = profile_store::env_file::EnvFile::parse(&text);
        file.variables().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    pub(super) fn mini(&self) -> Host {
        Host {
            name: "mini".to_owned(),
            recipient: self.host.to_public().to_string(),
            created_at: DateTime::UNIX_EPOCH,
            seen_at: None,
            profiles: 0,
        }
    }
}

pub(crate) fn announcement(number: &str, product: &str) -> Announcement {
    let given = match product {
        "stock-tg" => BTreeMap::from([("TELEGRAM_USER".to_owned(), "42".to_owned())]),
        _ => BTreeMap::new(),
    };
    Announcement { out_trade_no: number.to_owned(), product: product.to_owned(), amount_fen: None, payer: None, given }
}

pub(crate) fn receipt(number: &str, paid_at: DateTime<Utc>) -> Receipt {
    Receipt {
        out_trade_no: number.to_owned(),
        transaction_id: format!("42-{number}"),
        payer: OwnerId::parse(PAYER).unwrap(),
        amount_fen: PRICE,
        paid_at,
    }
}

/// Announces and pays an order, and moves on what can be moved on.
pub(super) async fn buy(world: &World, provisioner: &Provisioner, number: &str, product: &str) -> Order {
    provisioner.expect(announcement(number, product)).await.unwrap();
    assert_eq!(provisioner.paid(receipt(number, world.clock.now())).await.unwrap(), News::New);
    provisioner.resume().await.unwrap();
    provisioner.order(number).await.unwrap()
}

/// As [`buy`], up to a profile that lives.
pub(crate) async fn alive(world: &World, provisioner: &Provisioner, number: &str, product: &str) -> Order {
    let order = buy(world, provisioner, number, product).await;
    if order.state == OrderState::Committed {
        world.fetch(provisioner, order.profile.as_deref().unwrap()).await;
    }
    if product == "stock-wx" {
        provisioner.paired(number, "admin").await.unwrap();
    }
    let order = provisioner.order(number).await.unwrap();
    assert_eq!(order.state, OrderState::Alive);
    order
}
