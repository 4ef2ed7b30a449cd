//! A channel without its key, in the words of the configuration: what the books store and the admin API takes.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use daemon_kit::config::GatewayChannelConfig;
use llm_upstream::{ApiKey, Dialect, Target};
use route_policy::{ChannelSpec, Cny, ModelOffer};
use serde::{Deserialize, Serialize};

use super::{Budget, Unusable};
use crate::admin::Field;

const NAME: &str = "letters, digits and hyphens, at most 64";
const DIALECTS: &str = "siliconflow, dashscope, openai, new-api";
const ADDRESS: &str = "an http:// or https:// URL without credentials";
const PRIORITY: &str = "a whole number from -1000000 to 1000000";
const UP_TO_A_MILLION: &str = "a whole number from 0 to 1000000";

/// What a channel is, apart from its name and its key. Every field but `dialect` and the models may be left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ChannelDefinition {
    /// `siliconflow`, `dashscope`, `openai` or `new-api`.
    pub(crate) dialect: String,
    /// Default: the dialect's own address.
    pub(crate) base_url: Option<String>,
    /// Default: the channel's name.
    pub(crate) account: Option<String>,
    /// Models that it serves under their own names.
    pub(crate) models: Vec<String>,
    /// Models that the upstream calls otherwise: the callers' name = the upstream's.
    pub(crate) model_map: BTreeMap<String, String>,
    /// Default "default".
    pub(crate) group: String,
    /// Higher is asked first. Default 0.
    pub(crate) priority: i64,
    /// Default 1.
    pub(crate) weight: u32,
    /// Requests per minute; 0 is no bound. Default 100.
    pub(crate) rpm: u32,
    /// Tokens per minute; 0 is no bound. Default 500000.
    pub(crate) tpm: u64,
    /// Default "500".
    pub(crate) budget_cny_per_day: Budget,
    /// Requests at the same time; 0 is no bound. Default 0.
    pub(crate) max_in_flight: u32,
    /// Default true.
    pub(crate) enabled: bool,
    /// Where it comes from and why it is off, for people.
    pub(crate) note: Option<String>,
}

impl Default for ChannelDefinition {
    fn default() -> Self {
        Self {
            dialect: String::new(),
            base_url: None,
            account: None,
            models: Vec::new(),
            model_map: BTreeMap::new(),
            group: "default".to_owned(),
            priority: 0,
            weight: 1,
            rpm: 100,
            tpm: 500_000,
            budget_cny_per_day: Budget(Some(Cny::from_yuan(500))),
            max_in_flight: 0,
            enabled: true,
            note: None,
        }
    }
}

impl From<&GatewayChannelConfig> for ChannelDefinition {
    fn from(config: &GatewayChannelConfig) -> Self {
        let same = |(public, upstream): &&(String, String)| public == upstream;
        Self {
            dialect: config.dialect.clone(),
            base_url: config.base_url.clone(),
            account: Some(config.account.clone()),
            models: config.models.iter().filter(same).map(|(public, _)| public.clone()).collect(),
            model_map: config.models.iter().filter(|pair| !same(pair)).cloned().collect(),
            group: config.group.clone(),
            priority: config.priority,
            weight: config.weight,
            rpm: config.rpm.unwrap_or_default(),
            tpm: config.tpm.unwrap_or_default(),
            budget_cny_per_day: Budget(config.budget_per_day.map(|amount| Cny::from_nano(amount.nano()))),
            max_in_flight: config.max_in_flight.unwrap_or_default(),
            enabled: config.enabled,
            note: None,
        }
    }
}

impl ChannelDefinition {
    /// The fields, for those who wrote another one or something else there.
    pub(crate) const FIELDS: [Field; 14] = [
        ("dialect", DIALECTS),
        ("base_url", ADDRESS),
        ("account", NAME),
        ("models", "a list of names of models, each once"),
        ("model_map", "an object: the callers' name of a model = the upstream's"),
        ("group", NAME),
        ("priority", PRIORITY),
        ("weight", UP_TO_A_MILLION),
        ("rpm", "a whole number from 0 to 10000000; 0 is no bound"),
        ("tpm", "a whole number, 0 or more; 0 is no bound"),
        ("budget_cny_per_day", "yuan a day, 0 to 9223372036, as in \"12.5\"; or \"none\""),
        ("max_in_flight", "a whole number from 0 to 1000000; 0 is no bound"),
        ("enabled", "true or false"),
        ("note", "a text"),
    ];

    /// As the router takes it.
    ///
    /// # Errors
    /// The first field that cannot be used.
    pub(crate) fn spec(&self, name: &str) -> Result<ChannelSpec, Unusable> {
        check_name("name", name)?;
        let account = self.account.as_deref().unwrap_or(name);
        check_name("account", account)?;
        check_name("group", &self.group)?;
        if !(-1_000_000..=1_000_000).contains(&self.priority) {
            return Err(Unusable::new("priority", format!("{} is out of range", self.priority), PRIORITY));
        }
        let numbers = [
            ("weight", self.weight, 1_000_000, UP_TO_A_MILLION),
            ("rpm", self.rpm, 10_000_000, "a whole number from 0 to 10000000; 0 is no bound"),
            ("max_in_flight", self.max_in_flight, 1_000_000, UP_TO_A_MILLION),
        ];
        if let Some((field, value, _, allowed)) = numbers.into_iter().find(|(_, value, most, _)| value > most) {
            return Err(Unusable::new(field, format!("{value} is out of range"), allowed));
        }
        Ok(ChannelSpec {
            name: name.into(),
            account: account.into(),
            group: self.group.as_str().into(),
            models: self.offers()?,
            priority: self.priority,
            weight: self.weight,
            rpm: (self.rpm > 0).then_some(self.rpm),
            tpm: (self.tpm > 0).then_some(self.tpm),
            max_in_flight: (self.max_in_flight > 0).then_some(self.max_in_flight),
            budget_per_day: self.budget_cny_per_day.0,
            enabled: self.enabled,
        })
    }

    /// As the relay takes it.
    ///
    /// # Errors
    /// The first field that cannot be used.
    pub(crate) fn target(&self, key: &str) -> Result<Target, Unusable> {
        let dialect = self.dialect()?;
        let missing = || Unusable::new("base_url", "is missing, and the dialect has none of its own", ADDRESS);
        let base_url = self.base_url.as_deref().or(dialect.default_base_url()).ok_or_else(missing)?;
        let key = ApiKey::new(key);
        if key.is_empty() {
            return Err(Unusable::new("key", "is missing", "the upstream key"));
        }
        Target::new(dialect, base_url, &key).map_err(|error| {
            let field = if matches!(error, llm_upstream::TargetError::Key) { "key" } else { "base_url" };
            Unusable::new(field, error.to_string(), "")
        })
    }

    /// How its upstream speaks.
    ///
    /// # Errors
    /// There is no such dialect.
    pub(crate) fn dialect(&self) -> Result<Dialect, Unusable> {
        self.dialect
            .parse()
            .map_err(|_| Unusable::new("dialect", format!("{:?} is no dialect", self.dialect), DIALECTS))
    }

    /// `models` first, then the mapped ones; a name in both is the mapped one.
    fn offers(&self) -> Result<Vec<ModelOffer>, Unusable> {
        let plain = self.models.iter().filter(|name| !self.model_map.contains_key(*name)).map(|name| (name, name));
        let offer = |(public, upstream): (&String, &String)| {
            let named = |name: &str| !name.is_empty() && !name.contains(char::is_control);
            if !named(public) || !named(upstream) {
                return Err(Unusable::new("models", format!("{public:?} has no name"), "names of models"));
            }
            Ok(ModelOffer { public: Arc::from(public.as_str()), upstream: Arc::from(upstream.as_str()) })
        };
        let offers = plain.chain(&self.model_map).map(offer).collect::<Result<Vec<_>, _>>()?;
        let mut once = HashSet::new();
        if let Some(twice) = self.models.iter().find(|name| !once.insert(*name)) {
            return Err(Unusable::new("models", format!("names {twice:?} twice"), "every model once"));
        }
        if offers.is_empty() {
            return Err(Unusable::new("models", "is empty, and so is `model_map`", "one model or more"));
        }
        Ok(offers)
    }
}

fn check_name(field: &'static str, name: &str) -> Result<(), Unusable> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    if name.is_empty() || name.len() > 64 || !name.chars().all(plain) {
        return Err(Unusable::new(field, format!("{name:?} is no name"), NAME));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use daemon_kit::config::{Config, Environment};

    use super::*;

    fn configured(lines: &str) -> GatewayChannelConfig {
        let entry = format!("[[gateway-proxy.channels]]\nname = \"a\"\nkey = \"sk-1\"\n{lines}\n");
        let config = Config::from_toml(&entry, "test", &Environment::default()).unwrap().gateway_proxy().unwrap();
        let [channel] = config.channels.try_into().unwrap();
        channel
    }

    #[test]
    fn what_is_left_out_is_as_in_the_configuration() {
        let text = "dialect = \"siliconflow\"\nmodels = [\"m\"]\nmodel_map = { n = \"vendor/n\" }";
        let of_file = ChannelDefinition::from(&configured(text));
        let json = r#"{"dialect":"siliconflow","models":["m"],"model_map":{"n":"vendor/n"},"account":"a"}"#;
        let of_json: ChannelDefinition = serde_json::from_str(json).unwrap();
        assert_eq!(of_json, of_file);
        assert_eq!(of_json.spec("a").unwrap().models.len(), 2);
        let written = serde_json::to_value(&of_json).unwrap();
        let fields: Vec<&String> = written.as_object().unwrap().keys().collect();
        assert_eq!(fields.len(), ChannelDefinition::FIELDS.len());
        assert!(ChannelDefinition::FIELDS.iter().all(|(field, _)| fields.iter().any(|known| known == field)));
    }

    #[test]
    fn a_field_that_cannot_be_used_is_named() {
        let usable =
            ChannelDefinition { dialect: "openai".to_owned(), models: vec!["m".to_owned()], ..Default::default() };
        let refused = |definition: &ChannelDefinition, name: &str, key: &str| {
            let spec = definition.spec(name).map(|_| ());
            spec.and_then(|()| definition.target(key).map(|_| ())).unwrap_err().field
        };
        assert!(usable.spec("a").is_ok() && usable.target("sk-1").is_ok());
        assert_eq!(refused(&usable, "a b", "sk-1"), "name");
        assert_eq!(refused(&usable, "a", " "), "key");
        assert_eq!(refused(&usable, "a", "sk-\u{7}"), "key");
        assert_eq!(
            refused(&ChannelDefinition { dialect: "new-api".to_owned(), ..usable.clone() }, "a", "sk-1"),
            "base_url"
        );
        assert_eq!(
            refused(&ChannelDefinition { dialect: "azure".to_owned(), ..usable.clone() }, "a", "sk-1"),
            "dialect"
        );
        assert_eq!(refused(&ChannelDefinition { models: Vec::new(), ..usable.clone() }, "a", "sk-1"), "models");
        let twice = ChannelDefinition { models: vec!["m".to_owned(), "m".to_owned()], ..usable.clone() };
        assert_eq!(refused(&twice, "a", "sk-1"), "models");
        // The configuration's own bounds.
        assert_eq!(refused(&ChannelDefinition { weight: 1_000_001, ..usable.clone() }, "a", "sk-1"), "weight");
        assert_eq!(refused(&ChannelDefinition { rpm: 10_000_001, ..usable.clone() }, "a", "sk-1"), "rpm");
        assert_eq!(refused(&ChannelDefinition { max_in_flight: 1_000_001, ..usable }, "a", "sk-1"), "max_in_flight");
    }
}
