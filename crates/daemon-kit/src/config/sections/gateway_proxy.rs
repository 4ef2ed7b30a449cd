//! `[gateway-proxy]`: the token gateway, its channels, limits and books.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use reqwest::Url;
use serde::{Deserialize, Serialize};

use super::{
    super::{
        context::{Context, Given},
        error::ConfigError,
        secret::Secret,
    },
    gateway_accounts::{self, AccountSettings, GatewayAccountConfig},
    gateway_channels::{self, ChannelSettings, GatewayChannelConfig},
    gateway_choices::{GatewayMode, GatewayRouting, OnDisconnect, ProfileCapMode},
    gateway_jobs::{GatewayJobConfig, GatewayJobSettings},
    gateway_models::{self, GatewayDefaultPrice, GatewayModelConfig, ModelSettings},
    gateway_search::{GatewaySearchConfig, GatewaySearchSettings},
    values,
    yuan::Yuan,
};

/// What may stand in the section.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct GatewayProxySettings {
    /// Address of the API. Default "127.0.0.1:3000".
    pub(super) listen: String,
    /// Folder of the gateway's books. Default "data/gateway".
    pub(super) state: PathBuf,
    /// Token of the admin API, a secret of 16 characters or more. Default: none, only access tokens with the scope
    /// `admin` may use it.
    pub(super) admin_token: Option<Secret>,
    /// File that holds the token instead. Default: none.
    pub(super) admin_token_file: Option<PathBuf>,
    /// What upstream keys are sealed with where they are stored, a secret of 32 characters or more. Default: none, no
    /// channel can be stored.
    pub(super) master_key: Option<Secret>,
    /// File that holds it instead. Default: none.
    pub(super) master_key_file: Option<PathBuf>,
    /// The master key before this one, to change it: what it sealed is sealed anew at start. A secret. Default: none.
    pub(super) previous_master_key: Option<Secret>,
    /// File that holds it instead. Default: none.
    pub(super) previous_master_key_file: Option<PathBuf>,
    /// The price table; see prices.example.toml. Default "prices.toml".
    pub(super) prices: PathBuf,
    /// "governed", or "plain" for measurements: a bare proxy without tokens, limits, budgets and books, on a loopback
    /// address only. Default "governed".
    pub(super) mode: String,
    /// How channels of one priority take turns: "round-robin" or "weighted". Default "round-robin".
    pub(super) routing: String,
    /// What happens to the upstream's answer when the caller is gone: "drain" reads on to its usage, "cancel" stops.
    /// Default "drain".
    pub(super) on_disconnect: String,
    /// What a profile's daily cap does: "log" or "enforce". Default "log".
    pub(super) profile_caps: String,
    /// Largest request, MiB, 1 to 1024. Default 32.
    pub(super) max_body_mb: usize,
    /// Answers up to this size are held until they are whole, so that a cut one can fall back, KiB, 0 to 1048576.
    /// Default 1024.
    pub(super) hold_kb: usize,
    /// How long a request may wait for a channel with room, seconds, 0 to 600. Default 30.
    pub(super) max_wait_s: u64,
    /// Requests that wait at the same time, 0 to 1000000. Default 2000.
    pub(super) max_waiting: usize,
    /// Of these, requests of one profile, 0 to 1000000. Default 200.
    pub(super) max_waiting_per_profile: usize,
    /// Bound on connecting to an upstream, ms, 10 to 60000. Default 5000.
    pub(super) connect_timeout_ms: u64,
    /// Bound on an upstream's silence before the head of its answer, seconds, 1 to 3600. Default 120.
    pub(super) first_byte_timeout_s: u64,
    /// The same for a text that is not streamed, whose head comes with its last word, seconds, 1 to 3600. Default 600.
    pub(super) answer_timeout_s: u64,
    /// Bound on an upstream's silence within an answer, seconds, 1 to 3600. Default 60.
    pub(super) idle_timeout_s: u64,
    /// Output tokens that a request without a bound of its own may use, 1 to 10000000; it is sent upstream, so that
    /// the request's cost is bounded. Default 4096.
    pub(super) default_max_output_tokens: u64,
    /// Days that records of requests stay, 1 to 3650. Default 90.
    pub(super) keep_days: u32,
    /// Budget is taken from the books in blocks of so many yuan; a block lost in a crash counts as spent. Default "2".
    pub(super) lease_block_cny: Yuan,
    /// How often every channel is asked for a sign of life, seconds, 1 to 86400. Default 300.
    pub(super) probe_every_s: u64,
    /// How often a resting channel is tried again, seconds, 1 to 86400. Default 1800.
    pub(super) recovery_every_s: u64,
    /// What a model without a row in the price table costs.
    pub(super) default_price: GatewayDefaultPrice,
    /// How the gateway runs its jobs.
    pub(super) jobs: GatewayJobSettings,
    /// Web search.
    pub(super) search: GatewaySearchSettings,
    /// Models with a bound of their own. Default: none.
    pub(in crate::config) models: Vec<ModelSettings>,
    /// Limits of whole accounts. Default: none.
    pub(in crate::config) accounts: Vec<AccountSettings>,
    /// The upstream keys. Default: none.
    pub(in crate::config) channels: Vec<ChannelSettings>,
}

impl Default for GatewayProxySettings {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:3000".to_owned(),
            state: "data/gateway".into(),
            admin_token: None,
            admin_token_file: None,
            master_key: None,
            master_key_file: None,
            previous_master_key: None,
            previous_master_key_file: None,
            prices: "prices.toml".into(),
            mode: "governed".to_owned(),
            routing: "round-robin".to_owned(),
            on_disconnect: "drain".to_owned(),
            profile_caps: "log".to_owned(),
            max_body_mb: 32,
            hold_kb: 1024,
            max_wait_s: 30,
            max_waiting: 2000,
            max_waiting_per_profile: 200,
            connect_timeout_ms: 5_000,
            first_byte_timeout_s: 120,
            answer_timeout_s: 600,
            idle_timeout_s: 60,
            default_max_output_tokens: 4096,
            keep_days: 90,
            lease_block_cny: Yuan::whole(2),
            probe_every_s: 300,
            recovery_every_s: 1800,
            default_price: GatewayDefaultPrice::default(),
            jobs: GatewayJobSettings::default(),
            search: GatewaySearchSettings::default(),
            models: Vec::new(),
            accounts: Vec::new(),
            channels: Vec::new(),
        }
    }
}

/// `[gateway-proxy]`, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayConfig {
    /// Address of the API.
    pub listen: SocketAddr,
    /// Folder of the gateway's books.
    pub state: PathBuf,
    /// Token of the admin API; none where only access tokens may use it.
    pub admin_token: Option<Secret>,
    /// What upstream keys are sealed with where they are stored.
    pub master_key: Option<Secret>,
    /// The master key before this one.
    pub previous_master_key: Option<Secret>,
    /// The price table; the file need not exist.
    pub prices: PathBuf,
    /// Whether it governs at all.
    pub mode: GatewayMode,
    /// How channels of one priority take turns.
    pub routing: GatewayRouting,
    /// What happens to the upstream's answer when the caller is gone.
    pub on_disconnect: OnDisconnect,
    /// What a profile's daily cap does.
    pub profile_caps: ProfileCapMode,
    /// Largest request, bytes.
    pub max_body_bytes: usize,
    /// Answers up to this size are held until they are whole, bytes.
    pub hold_bytes: usize,
    /// How long a request may wait for a channel with room.
    pub max_wait: Duration,
    /// Requests that wait at the same time.
    pub max_waiting: usize,
    /// Of these, requests of one profile.
    pub max_waiting_per_profile: usize,
    /// Bound on connecting to an upstream.
    pub connect_timeout: Duration,
    /// Bound on an upstream's silence before the head of its answer.
    pub first_byte_timeout: Duration,
    /// The same for a text that is not streamed.
    pub answer_timeout: Duration,
    /// Bound on an upstream's silence within an answer.
    pub idle_timeout: Duration,
    /// Output tokens that a request without a bound of its own may use.
    pub default_max_output_tokens: u64,
    /// Days that records of requests stay.
    pub keep_days: u32,
    /// Budget is taken from the books in blocks of this size; more than nothing.
    pub lease_block: Yuan,
    /// How often every channel is asked for a sign of life.
    pub probe_every: Duration,
    /// How often a resting channel is tried again.
    pub recovery_every: Duration,
    /// What a model without a row in the price table costs per million tokens.
    pub default_price: GatewayDefaultPrice,
    /// How the gateway runs its jobs.
    pub jobs: GatewayJobConfig,
    /// Web search; `None` where no SearXNG is configured.
    pub search: Option<GatewaySearchConfig>,
    /// Models with a bound of their own; every name once.
    pub models: Vec<GatewayModelConfig>,
    /// Limits of whole accounts; every name once.
    pub accounts: Vec<GatewayAccountConfig>,
    /// The upstream keys; every name once.
    pub channels: Vec<GatewayChannelConfig>,
}

/// How an operator's tool reaches the admin API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayAdminConfig {
    /// `http://host:port`; where the gateway listens on every address, this host.
    pub url: String,
    /// The admin token.
    pub admin_token: Secret,
}

impl GatewayProxySettings {
    pub(in crate::config) fn resolve(&self, context: &Context) -> Result<GatewayConfig, ConfigError> {
        let key = |name: &str| format!("gateway-proxy.{name}");
        let listen = values::listen(context, &key("listen"), &self.listen)?;
        let seconds = |name: &str, value, allowed| values::seconds(context, &key(name), value, allowed);
        if self.lease_block_cny == Yuan::default() {
            return Err(context.bad(&key("lease_block_cny"), "is nothing", "more than 0"));
        }
        let output_tokens = self.default_max_output_tokens;
        let connect_ms = context.within(&key("connect_timeout_ms"), self.connect_timeout_ms, 10..=60_000)?;
        let per_profile =
            context.within(&key("max_waiting_per_profile"), self.max_waiting_per_profile, 0..=1_000_000)?;
        Ok(GatewayConfig {
            listen,
            state: context.not_empty(&key("state"), &self.state)?,
            admin_token: self.admin_token(context)?,
            master_key: master_key(context, "master_key", self.master_key.as_ref(), self.master_key_file.as_ref())?,
            previous_master_key: master_key(
                context,
                "previous_master_key",
                self.previous_master_key.as_ref(),
                self.previous_master_key_file.as_ref(),
            )?,
            prices: context.not_empty(&key("prices"), &self.prices)?,
            mode: GatewayMode::resolve(context, &self.mode, listen)?,
            routing: GatewayRouting::resolve(context, &self.routing)?,
            on_disconnect: OnDisconnect::resolve(context, &self.on_disconnect)?,
            profile_caps: ProfileCapMode::resolve(context, &self.profile_caps)?,
            max_body_bytes: context.within(&key("max_body_mb"), self.max_body_mb, 1..=1024)? << 20,
            hold_bytes: context.within(&key("hold_kb"), self.hold_kb, 0..=1_048_576)? << 10,
            max_wait: seconds("max_wait_s", self.max_wait_s, 0..=600)?,
            max_waiting: context.within(&key("max_waiting"), self.max_waiting, 0..=1_000_000)?,
            max_waiting_per_profile: per_profile,
            connect_timeout: Duration::from_millis(connect_ms),
            first_byte_timeout: seconds("first_byte_timeout_s", self.first_byte_timeout_s, 1..=3600)?,
            answer_timeout: seconds("answer_timeout_s", self.answer_timeout_s, 1..=3600)?,
            idle_timeout: seconds("idle_timeout_s", self.idle_timeout_s, 1..=3600)?,
            default_max_output_tokens: gateway_models::output_tokens(
                context,
                &key("default_max_output_tokens"),
                output_tokens,
            )?,
            keep_days: context.within(&key("keep_days"), self.keep_days, 1..=3650)?,
            lease_block: self.lease_block_cny,
            probe_every: seconds("probe_every_s", self.probe_every_s, 1..=86_400)?,
            recovery_every: seconds("recovery_every_s", self.recovery_every_s, 1..=86_400)?,
            default_price: self.default_price.resolve(context)?,
            jobs: self.jobs.resolve(context)?,
            search: self.search.resolve(context, listen)?,
            models: gateway_models::resolve_all(&self.models, context)?,
            accounts: gateway_accounts::resolve_all(&self.accounts, context)?,
            channels: gateway_channels::resolve_all(&self.channels, context)?,
        })
    }

    /// What an operator's tool needs to know of the search; no upstream key is fetched.
    pub(in crate::config) fn search(
        &self,
        context: &Context,
        searxng: Option<Url>,
    ) -> Result<Option<GatewaySearchConfig>, ConfigError> {
        let listen = values::listen(context, "gateway-proxy.listen", &self.listen)?;
        let mut search = self.search.clone();
        search.searxng_url = searxng.map(String::from).or(search.searxng_url);
        search.resolve(context, listen)
    }

    /// What an operator's tool needs; no upstream key is fetched.
    pub(in crate::config) fn admin(&self, context: &Context) -> Result<GatewayAdminConfig, ConfigError> {
        let mut listen = values::listen(context, "gateway-proxy.listen", &self.listen)?;
        if listen.ip().is_unspecified() {
            listen.set_ip(if listen.is_ipv4() { [127, 0, 0, 1].into() } else { std::net::Ipv6Addr::LOCALHOST.into() });
        }
        let missing = || {
            let ways = "give `gateway-proxy.admin_token`, `gateway-proxy.admin_token_file`, or \
                        TWILIGHT_GATEWAY_PROXY_ADMIN_TOKEN in the environment";
            context.secret_error("gateway-proxy.admin_token", format!("is missing: {ways}"))
        };
        let admin_token = self.admin_token(context)?.ok_or_else(missing)?;
        Ok(GatewayAdminConfig { url: format!("http://{listen}"), admin_token })
    }

    fn admin_token(&self, context: &Context) -> Result<Option<Secret>, ConfigError> {
        let given = Given { value: self.admin_token.as_ref(), file: self.admin_token_file.as_deref(), alias: None };
        long_enough(context, "admin_token", given, 16)
    }
}

fn master_key(
    context: &Context,
    name: &str,
    value: Option<&Secret>,
    file: Option<&PathBuf>,
) -> Result<Option<Secret>, ConfigError> {
    long_enough(context, name, Given { value, file: file.map(PathBuf::as_path), alias: None }, 32)
}

fn long_enough(
    context: &Context,
    name: &str,
    given: Given<'_>,
    length_min: usize,
) -> Result<Option<Secret>, ConfigError> {
    let key = format!("gateway-proxy.{name}");
    let secret = context.secret(&key, given)?;
    let length = secret.as_ref().map_or(length_min, |secret| secret.expose().chars().count());
    if length < length_min {
        let problem = format!("has {length} characters, {length_min} or more are needed");
        return Err(context.secret_error(&key, problem));
    }
    Ok(secret)
}
