//! `[[gateway-proxy.channels]]`: an upstream key, what it serves, and how much of it may be used.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::{
    super::{
        context::{Context, Given, variable},
        error::ConfigError,
        secret::Secret,
    },
    values,
    yuan::{Yuan, YuanBound},
};

/// Dialects of upstreams, as `llm-upstream` spells them.
const DIALECTS: [&str; 4] = ["siliconflow", "dashscope", "openai", "new-api"];

/// What may stand in an entry.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct ChannelSettings {
    /// The channel's name in logs, metrics and TWILIGHT_GATEWAY_PROXY_CHANNELS_<NAME>: letters, digits and hyphens.
    pub(super) name: String,
    /// How the upstream speaks: "siliconflow", "dashscope", "openai" or "new-api". Default: none.
    pub(super) dialect: String,
    /// Where it answers. Default: the dialect's own address; "new-api" has none.
    pub(super) base_url: Option<String>,
    /// The account that the key belongs to: channels of one account share its limits and its fate. Default: the
    /// channel's name.
    pub(super) account: Option<String>,
    /// The upstream key, a secret. Default: none.
    pub(super) key: Option<Secret>,
    /// File that holds the key instead. Default: none.
    pub(super) key_file: Option<PathBuf>,
    /// Models that it serves under their own names. Default: none.
    pub(super) models: Vec<String>,
    /// Models that the upstream calls otherwise: the callers' name = the upstream's. Default: none.
    pub(super) model_map: BTreeMap<String, String>,
    /// The group of channels that it belongs to. Default "default".
    pub(super) group: String,
    /// Channels of a higher priority are asked first, -1000000 to 1000000. Default 0.
    pub(super) priority: i64,
    /// Its share of the requests where `routing` is "weighted", 0 to 1000000. Default 1.
    pub(super) weight: u32,
    /// Requests per minute, 0 to 10000000; 0 is no bound. Default 100.
    pub(super) rpm: u32,
    /// Tokens per minute, 0 or more; 0 is no bound. Default 500000.
    pub(super) tpm: u64,
    /// Yuan that it may cost a day of Asia/Shanghai; "0" is nothing at all, "none" no bound. Default "500".
    pub(super) budget_cny_per_day: YuanBound,
    /// Requests at the same time, 0 to 1000000; 0 is no bound. Default 0.
    pub(super) max_in_flight: u32,
    /// Whether it is used at all. Default true.
    pub(super) enabled: bool,
}

impl Default for ChannelSettings {
    fn default() -> Self {
        Self {
            name: String::new(),
            dialect: String::new(),
            base_url: None,
            account: None,
            key: None,
            key_file: None,
            models: Vec::new(),
            model_map: BTreeMap::new(),
            group: "default".to_owned(),
            priority: 0,
            weight: 1,
            rpm: 100,
            tpm: 500_000,
            budget_cny_per_day: YuanBound(Some(Yuan::whole(500))),
            max_in_flight: 0,
            enabled: true,
        }
    }
}

/// One channel, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayChannelConfig {
    /// Its name; every name once, without regard to case.
    pub name: String,
    /// How the upstream speaks: `siliconflow`, `dashscope`, `openai` or `new-api`.
    pub dialect: String,
    /// Where it answers; none where the dialect's own address is meant.
    pub base_url: Option<String>,
    /// The account that the key belongs to.
    pub account: String,
    /// The upstream key.
    pub key: Secret,
    /// What it serves, one or more: the callers' name and the upstream's.
    pub models: Vec<(String, String)>,
    /// The group of channels that it belongs to.
    pub group: String,
    /// Channels of a higher priority are asked first.
    pub priority: i64,
    /// Its share of the requests under weighted routing.
    pub weight: u32,
    /// Requests per minute; `None` is no bound.
    pub rpm: Option<u32>,
    /// Tokens per minute; `None` is no bound.
    pub tpm: Option<u64>,
    /// What it may cost a day; `None` is no bound.
    pub budget_per_day: Option<Yuan>,
    /// Requests at the same time; `None` is no bound.
    pub max_in_flight: Option<u32>,
    /// Whether it is used at all.
    pub enabled: bool,
}

pub(super) fn resolve_all(
    entries: &[ChannelSettings],
    context: &Context,
) -> Result<Vec<GatewayChannelConfig>, ConfigError> {
    let mut channels: Vec<GatewayChannelConfig> = Vec::new();
    for (index, settings) in entries.iter().enumerate() {
        let entry = format!("gateway-proxy.channels[{index}]");
        let channel = settings.resolve(context, &entry)?;
        if let Some(twin) = channels.iter().find(|other| other.name.eq_ignore_ascii_case(&channel.name)) {
            return Err(context.bad(&format!("{entry}.name"), format!("{:?} is taken", twin.name), "every name once"));
        }
        channels.push(channel);
    }
    Ok(channels)
}

impl ChannelSettings {
    fn resolve(&self, context: &Context, entry: &str) -> Result<GatewayChannelConfig, ConfigError> {
        let key = |name: &str| format!("{entry}.{name}");
        let name = values::name(context, &key("name"), &self.name)?;
        let account = match &self.account {
            Some(account) => values::name(context, &key("account"), account)?,
            None => name.clone(),
        };
        let rpm = context.within(&key("rpm"), self.rpm, 0..=10_000_000)?;
        let max_in_flight = context.within(&key("max_in_flight"), self.max_in_flight, 0..=1_000_000)?;
        Ok(GatewayChannelConfig {
            account,
            dialect: self.dialect(context, &key("dialect"))?,
            base_url: self.base_url(context, &key("base_url"))?,
            models: self.models(context, &key("models"))?,
            group: values::name(context, &key("group"), &self.group)?,
            priority: context.within(&key("priority"), self.priority, -1_000_000..=1_000_000)?,
            weight: context.within(&key("weight"), self.weight, 0..=1_000_000)?,
            rpm: (rpm > 0).then_some(rpm),
            tpm: (self.tpm > 0).then_some(self.tpm),
            budget_per_day: self.budget_cny_per_day.0,
            max_in_flight: (max_in_flight > 0).then_some(max_in_flight),
            enabled: self.enabled,
            key: self.key(context, &key("key"), &name)?,
            name,
        })
    }

    fn dialect(&self, context: &Context, key: &str) -> Result<String, ConfigError> {
        if DIALECTS.contains(&self.dialect.as_str()) {
            return Ok(self.dialect.clone());
        }
        Err(context.bad(key, format!("{:?} is no dialect", self.dialect), DIALECTS.join(", ")))
    }

    fn base_url(&self, context: &Context, key: &str) -> Result<Option<String>, ConfigError> {
        match &self.base_url {
            Some(url) => values::base_url(context, key, url).map(Some),
            None if self.dialect == "new-api" => {
                Err(context.bad(key, "is missing", "where the New-API server answers, as in \"http://10.0.0.5:3000\""))
            }
            None => Ok(None),
        }
    }

    /// `models` first, then the mapped ones; a name in both is the mapped one.
    fn models(&self, context: &Context, key: &str) -> Result<Vec<(String, String)>, ConfigError> {
        let plain = self.models.iter().filter(|name| !self.model_map.contains_key(*name)).map(|name| (name, name));
        let models: Vec<(String, String)> =
            plain.chain(&self.model_map).map(|(public, upstream)| (public.clone(), upstream.clone())).collect();
        if models.is_empty() {
            return Err(context.bad(
                key,
                "is empty, and so is `model_map`",
                "one model or more, as in [\"qwen-plus\"]",
            ));
        }
        let named = |name: &str| !name.is_empty() && !name.contains(|letter: char| letter.is_control());
        if let Some((public, _)) = models.iter().find(|(public, upstream)| !named(public) || !named(upstream)) {
            return Err(context.bad(key, format!("{public:?} has no name"), "names of models"));
        }
        let mut once: Vec<&str> = self.models.iter().map(String::as_str).collect();
        once.sort_unstable();
        match once.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(twice) => Err(context.bad(key, format!("names {:?} twice", twice[0]), "every model once")),
            None => Ok(models),
        }
    }

    fn key(&self, context: &Context, key: &str, name: &str) -> Result<Secret, ConfigError> {
        // The variable carries the name, not the index, which moves when an entry is added above.
        let alias = variable(&format!("gateway-proxy.channels.{name}"));
        let given = Given { value: self.key.as_ref(), file: self.key_file.as_deref(), alias: Some(&alias) };
        let secret = context.required_secret(key, given, "")?;
        if secret.expose().chars().all(|letter| letter.is_ascii_graphic()) {
            return Ok(secret);
        }
        Err(context.secret_error(key, "holds spaces or letters that no header can carry"))
    }
}
