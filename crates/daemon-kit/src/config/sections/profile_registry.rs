//! `[profile-registry]`: profiles, their owners, and what people pay for.

use std::{net::SocketAddr, path::PathBuf};

use reqwest::Url;
use serde::{Deserialize, Serialize};

use super::{
    super::{
        context::{Context, Given},
        error::ConfigError,
        secret::Secret,
    },
    networks::{self, Network},
    registry_products::{self, RegistryProductConfig, RegistryProductSettings},
    registry_telegram::{RegistryTelegramConfig, RegistryTelegramSettings},
    registry_wechat::{RegistryWechatConfig, RegistryWechatSettings},
    status::StatusSettings,
    values,
};

/// What may stand in the section.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct ProfileRegistrySettings {
    /// Address of the API. Default "127.0.0.1:8200".
    pub(super) listen: String,
    /// Where others reach it, for addresses in answers. Default: `listen`, by http.
    pub(super) public_url: Option<String>,
    /// Folder of the repository and the books. Default "data/registry".
    pub(super) state: PathBuf,
    /// Token of operators, a secret of 16 characters or more. Default: none, nobody may do what only an operator may.
    pub(super) admin_token: Option<Secret>,
    /// File that holds the token instead. Default: none.
    pub(super) admin_token_file: Option<PathBuf>,
    /// A further age recipient that every secret value is sealed to, whose identity is kept elsewhere. Default: none.
    pub(super) recovery_recipient: Option<String>,
    /// Profiles that one owner may have by claims and transfers, 1 to 100000. Default 20.
    pub(super) max_profiles_per_owner: usize,
    /// Requests without a valid token from one address in 60 s, 1 to 100000. Default 60.
    pub(super) anonymous_per_minute: u32,
    /// Addresses and networks whose `x-forwarded-for` is believed. Default: none.
    pub(super) trusted_proxies: Vec<String>,
    /// Where the gateway answers. Default "http://127.0.0.1:3000".
    pub(super) gateway_url: String,
    /// The gateway's admin token, a secret. Default: none, nothing can be provisioned.
    pub(super) gateway_token: Option<Secret>,
    /// File that holds it instead. Default: none.
    pub(super) gateway_token_file: Option<PathBuf>,
    /// Where profiles reach the gateway. Default: `gateway_url`.
    pub(super) agents_gateway_url: Option<String>,
    /// Where profiles reach the warehouse's API. Default "http://127.0.0.1:8000".
    pub(super) agents_warehouse_url: String,
    /// Days that a profile lives on after its paid time, before it is suspended, 0 to 365. Default 3.
    pub(super) grace_days: u32,
    /// A pool with fewer free values raises an alert, 0 to 100000. Default 3.
    pub(super) pool_low_water: u64,
    /// Where alerts are posted as JSON, a secret. Default: none, they stand in the log.
    pub(super) alert_url: Option<Secret>,
    /// File that holds the address instead. Default: none.
    pub(super) alert_url_file: Option<PathBuf>,
    /// What can be bought. Default: nothing.
    pub(in crate::config) products: Vec<RegistryProductSettings>,
    /// The bot by which people prove who they are.
    pub(super) telegram: RegistryTelegramSettings,
    /// The merchant whose customers pay for profiles.
    pub(in crate::config) wechat: RegistryWechatSettings,
}

impl Default for ProfileRegistrySettings {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8200".to_owned(),
            public_url: None,
            state: "data/registry".into(),
            admin_token: None,
            admin_token_file: None,
            recovery_recipient: None,
            max_profiles_per_owner: 20,
            anonymous_per_minute: 60,
            trusted_proxies: Vec::new(),
            gateway_url: "http://127.0.0.1:3000".to_owned(),
            gateway_token: None,
            gateway_token_file: None,
            agents_gateway_url: None,
            agents_warehouse_url: "http://127.0.0.1:8000".to_owned(),
            grace_days: 3,
            pool_low_water: 3,
            alert_url: None,
            alert_url_file: None,
            products: Vec::new(),
            telegram: RegistryTelegramSettings::default(),
            wechat: RegistryWechatSettings::default(),
        }
    }
}

/// `[profile-registry]`, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryConfig {
    /// Address of the API.
    pub listen: SocketAddr,
    /// Where others reach it, without a slash at the end.
    pub public_url: String,
    /// Folder of the repository and the books.
    pub state: PathBuf,
    /// Token of operators.
    pub admin_token: Option<Secret>,
    /// A further age recipient that every secret value is sealed to; not checked yet.
    pub recovery_recipient: Option<String>,
    /// Profiles that one owner may have by claims and transfers.
    pub max_profiles_per_owner: usize,
    /// Requests without a valid token from one address in 60 s.
    pub anonymous_per_minute: u32,
    /// Whose `x-forwarded-for` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Where the gateway answers.
    pub gateway_url: Url,
    /// The gateway's admin token.
    pub gateway_token: Option<Secret>,
    /// Where profiles reach the gateway, without a slash at the end.
    pub agents_gateway_url: String,
    /// Where profiles reach the warehouse's API, without a slash at the end.
    pub agents_warehouse_url: String,
    /// Days that a profile lives on after its paid time, before it is suspended.
    pub grace_days: u32,
    /// A pool with fewer free values raises an alert.
    pub pool_low_water: u64,
    /// Where alerts are posted.
    pub alert_url: Option<Secret>,
    /// `status.runbook`: the manual that alerts name.
    pub runbook: String,
    /// What can be bought.
    pub products: Vec<RegistryProductConfig>,
    /// The bot by which people prove who they are.
    pub telegram: Option<RegistryTelegramConfig>,
    /// The merchant whose customers pay for profiles.
    pub wechat: Option<RegistryWechatConfig>,
}

impl ProfileRegistrySettings {
    pub(in crate::config) fn resolve(
        &self,
        context: &Context,
        status: &StatusSettings,
    ) -> Result<RegistryConfig, ConfigError> {
        let key = |name: &str| format!("profile-registry.{name}");
        let listen = values::listen(context, &key("listen"), &self.listen)?;
        let public_url = match &self.public_url {
            Some(url) => values::base_url(context, &key("public_url"), url)?,
            None => format!("http://{listen}"),
        };
        let gateway_token =
            Given { value: self.gateway_token.as_ref(), file: self.gateway_token_file.as_deref(), alias: None };
        let recovery_recipient = self.recovery_recipient.as_deref().map(str::trim);
        if recovery_recipient.is_some_and(|text| !text.starts_with("age1")) {
            // What was given instead may be the identity.
            let allowed = "`age1…`, as `age-keygen -y` prints it";
            return Err(context.bad(&key("recovery_recipient"), "is no age recipient", allowed));
        }
        let max_profiles = context.within(&key("max_profiles_per_owner"), self.max_profiles_per_owner, 1..=100_000)?;
        let per_minute = context.within(&key("anonymous_per_minute"), self.anonymous_per_minute, 1..=100_000)?;
        let agents_gateway = self.agents_gateway_url.as_deref().unwrap_or(&self.gateway_url);
        Ok(RegistryConfig {
            listen,
            public_url,
            state: context.not_empty(&key("state"), &self.state)?,
            admin_token: self.admin_token(context)?,
            recovery_recipient: recovery_recipient.map(str::to_owned),
            max_profiles_per_owner: max_profiles,
            anonymous_per_minute: per_minute,
            trusted_proxies: networks::resolve_all(context, &key("trusted_proxies"), &self.trusted_proxies)?,
            gateway_url: values::url(context, &key("gateway_url"), &self.gateway_url)?,
            gateway_token: context.secret(&key("gateway_token"), gateway_token)?,
            agents_gateway_url: values::base_url(context, &key("agents_gateway_url"), agents_gateway)?,
            agents_warehouse_url: values::base_url(context, &key("agents_warehouse_url"), &self.agents_warehouse_url)?,
            grace_days: context.within(&key("grace_days"), self.grace_days, 0..=365)?,
            pool_low_water: context.within(&key("pool_low_water"), self.pool_low_water, 0..=100_000)?,
            alert_url: self.alert_url(context)?,
            runbook: status.runbook(context)?,
            products: registry_products::resolve_all(&self.products, context)?,
            telegram: self.telegram.resolve(context)?,
            wechat: self.wechat.resolve(context)?,
        })
    }

    fn admin_token(&self, context: &Context) -> Result<Option<Secret>, ConfigError> {
        const LENGTH_MIN: usize = 16;
        let key = "profile-registry.admin_token";
        let given = Given { value: self.admin_token.as_ref(), file: self.admin_token_file.as_deref(), alias: None };
        let secret = context.secret(key, given)?;
        match secret.as_ref().map(|secret| secret.expose().chars().count()) {
            Some(length) if length < LENGTH_MIN => {
                let problem = format!("has {length} characters, {LENGTH_MIN} or more are needed");
                Err(context.secret_error(key, problem))
            }
            _ => Ok(secret),
        }
    }

    fn alert_url(&self, context: &Context) -> Result<Option<Secret>, ConfigError> {
        const FORM: &str = "is no http:// or https:// address (its text is not shown: it may hold a key)";
        let key = "profile-registry.alert_url";
        let given = Given { value: self.alert_url.as_ref(), file: self.alert_url_file.as_deref(), alias: None };
        let url = context.secret(key, given)?;
        let is_url = |url: &Secret| {
            Url::parse(url.expose().trim()).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        };
        match &url {
            Some(url) if !context.is_placeholder(url) && !is_url(url) => Err(context.secret_error(key, FORM)),
            _ => Ok(url),
        }
    }
}
