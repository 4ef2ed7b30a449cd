//! From the configuration to what works with it.

use std::{fs, sync::Arc};

use anyhow::{Context as _, anyhow};
use chrono::TimeDelta;
use daemon_kit::{
    clock::Clock,
    config::{RegistryChannel, RegistryConfig, RegistryProductConfig, RegistryWechatConfig},
    crash_point::CrashPoint,
};
use profile_store::{
    Store,
    template::{Files, shipped},
};

use crate::{
    Books, GatewayClient, Vault, WechatClient,
    provisioning::{Alerts, Asking, Catalog, Channel, Parts, Product, ProductOptions, Provisioner},
    wechat::{self, Merchant, TrustedKeys},
};

/// Checks notifications of the configured merchant.
///
/// # Errors
/// When a key's file cannot be used; the error names it.
pub(crate) fn wechat_verifier(config: &RegistryWechatConfig) -> anyhow::Result<wechat::Verifier> {
    let mut keys = TrustedKeys::new();
    for (serial, file) in &config.keys {
        let at = || format!("{}, as profile-registry.wechat.keys says of {serial}", file.display());
        let pem = fs::read(file).with_context(at)?;
        keys.add(serial, &pem).with_context(at)?;
    }
    wechat::Verifier::new(keys, config.api_v3_key.expose(), &config.appid, &config.mchid)
        .context("profile-registry.wechat.api_v3_key: exactly 32 bytes are needed")
}

/// Asks about orders in the configured merchant's name; `None` where nothing is configured to do so.
///
/// # Errors
/// When the merchant's key cannot be used.
pub(crate) fn asking(config: &RegistryConfig) -> anyhow::Result<Option<Asking>> {
    let Some(wechat) = &config.wechat else { return Ok(None) };
    let (Some(merchant), Some((serial, _))) = (&wechat.merchant, wechat.keys.first()) else {
        tracing::warn!(
            "profile-registry.wechat.merchant_key is not configured: nobody asks about orders whose notification is lost"
        );
        return Ok(None);
    };
    let signer = Merchant::new(&wechat.mchid, &merchant.serial, merchant.key.expose());
    let signer = signer.context("profile-registry.wechat.merchant_key")?;
    let client = WechatClient::new(&wechat.api_url, signer, wechat_verifier(wechat)?, serial);
    let client = client.context("prepare questions to WeChat Pay")?;
    Ok(Some(Asking { client, appid: wechat.appid.clone() }))
}

/// Moves orders for the configured products on.
///
/// # Errors
/// When a product cannot be provisioned as it is configured; the error names it.
pub(crate) fn provisioner(
    config: &RegistryConfig,
    books: Books,
    store: Store,
    vault: Arc<Vault>,
    clock: Clock,
    crash_at: Option<CrashPoint>,
) -> anyhow::Result<Provisioner> {
    let client = |token| GatewayClient::new(config.gateway_url.clone(), token);
    let gateway = config.gateway_token.clone().map(client).transpose().context("prepare requests to the gateway")?;
    let to = |url| Alerts::to(books.clone(), url);
    let alerts = config.alert_url.clone().map(to).transpose().context("prepare alerts")?;
    let catalog = catalog(config)?;
    if gateway.is_none() && catalog.iter().next().is_some() {
        tracing::warn!("profile-registry.gateway_token is not configured: orders wait until it is");
    }
    let alerts = alerts.unwrap_or_else(|| Alerts::log_only(books.clone())).with_runbook(&config.runbook);
    Ok(Provisioner::new(Parts {
        books,
        store,
        vault,
        catalog,
        gateway,
        grace: TimeDelta::days(config.grace_days.into()),
        low_water: config.pool_low_water,
        alerts,
        clock,
        crash_at,
    }))
}

fn catalog(config: &RegistryConfig) -> anyhow::Result<Catalog> {
    let products = config.products.iter().enumerate().map(|(index, product)| {
        let made = template(&product.template).and_then(|files| Product::new(options(config, product), &files));
        made.map_err(|problem| anyhow!("profile-registry.products[{index}]: {problem}"))
    });
    let products: Vec<Product> = products.collect::<anyhow::Result<_>>()?;
    Catalog::new(products).map_err(|problem| anyhow!("profile-registry.products: {problem}"))
}

fn options(config: &RegistryConfig, product: &RegistryProductConfig) -> ProductOptions {
    ProductOptions {
        name: product.name.clone(),
        template: product.template.clone(),
        amount_fen: product.amount_fen,
        months: product.months,
        model: product.model.clone(),
        channel: match product.channel {
            RegistryChannel::Telegram => Channel::Telegram,
            RegistryChannel::Weixin => Channel::Weixin,
        },
        gateway_url: config.agents_gateway_url.clone(),
        warehouse_url: config.agents_warehouse_url.clone(),
    }
}

fn template(name: &str) -> Result<Files, String> {
    let found = shipped().find(|(shipped, _)| *shipped == name);
    found.map(|(_, files)| files).ok_or_else(|| {
        let names: Vec<&str> = shipped().map(|(name, _)| name).collect();
        format!("there is no template {name:?}; there are {}", names.join(", "))
    })
}
