//! What can be bought: a template, a price, a time, and the channel its bot speaks through.

use std::collections::BTreeMap;

use profile_store::{
    secrets_schema::{Entry, SecretsSchema, Source},
    template::{self, Files, Rendered, Template, TemplateError, Values},
};

/// What the registry itself fills in: nobody who buys chooses it.
const OURS: &[&str] = &["PROFILE", "GATEWAY_URL", "WAREHOUSE_URL", "MODEL", "CHANNEL"];
/// How long a product's name may be, so that a profile's name has room for it.
const NAME_MAX: usize = 40;
/// What fits into a token's id at the gateway beside an order's number.
const VARIABLE_MAX: usize = 60;

/// How a profile's bot is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// A Telegram bot out of a pool: it answers as soon as its host has the token.
    Telegram,
    /// WeChat: a person has to scan a code before it answers.
    Weixin,
}

impl Channel {
    /// As the configuration and the templates spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Telegram => "telegram",
            Self::Weixin => "weixin",
        }
    }

    /// Reads what [`Self::name`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Telegram, Self::Weixin].into_iter().find(|channel| channel.name() == text)
    }
}

/// A product as the configuration has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductOptions {
    /// What orders and profiles call it: 1 to 40 of a-z, 0-9 and hyphens.
    pub name: String,
    /// The template's name.
    pub template: String,
    /// The price, in fen.
    pub amount_fen: u64,
    /// What one payment pays for, in calendar months.
    pub months: u32,
    /// The model that the profile asks the gateway for; the template's own without one.
    pub model: Option<String>,
    /// How its bot is reached.
    pub channel: Channel,
    /// Where the profile's agent reaches the gateway, without a slash at the end.
    pub gateway_url: String,
    /// Where it reaches the warehouse's API.
    pub warehouse_url: String,
}

/// A product that can be provisioned.
#[derive(Clone, Debug)]
pub struct Product {
    options: ProductOptions,
    template: Template,
    version: String,
    needs: Vec<Need>,
    settings: Vec<String>,
}

/// A secret that a profile needs.
#[derive(Clone, Debug)]
pub struct Need {
    /// The variable.
    pub name: String,
    /// Where its value comes from.
    pub from: From,
    entry: Entry,
}

/// Where the value of a [`Need`] comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// Made here, and registered with the gateway with these scopes.
    Made(Vec<String>),
    /// Taken out of this pool.
    Pool(String),
}

impl Product {
    /// A product of a template's files.
    ///
    /// # Errors
    /// What is wrong with it, for the operator.
    pub fn new(options: ProductOptions, files: &Files) -> Result<Self, String> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let ends = |text: &str| text.starts_with('-') || text.ends_with('-');
        let name = &options.name;
        if !(1..=NAME_MAX).contains(&name.len()) || !name.bytes().all(plain) || ends(name) {
            return Err(format!("a product's name has 1 to {NAME_MAX} of a-z, 0-9 and hyphens inside, not {name:?}"));
        }
        let template = Template::read(files).map_err(|error| error.to_string())?;
        let version = template::version(files);
        let mut product = Self { options, template, version, needs: Vec::new(), settings: Vec::new() };
        let sample = Values::from([("TELEGRAM_USER".to_owned(), "1".to_owned())]);
        let rendered = product.render("sample", "tg:1", &sample).map_err(|error| error.to_string())?;
        product.needs = needs(&rendered.secrets)?;
        product.settings = rendered.secrets.settings().map(|(name, _)| name.to_owned()).collect();
        Ok(product)
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.options.name
    }

    /// The configuration's part.
    pub fn options(&self) -> &ProductOptions {
        &self.options
    }

    /// Which version of its template it has.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The secrets of a profile, in the order of the schema.
    pub fn needs(&self) -> &[Need] {
        &self.needs
    }

    /// The variables of a profile's `.env` that are no secrets.
    pub(crate) fn settings(&self) -> &[String] {
        &self.settings
    }

    /// The pools that a profile takes a value out of, once per value.
    pub fn pools(&self) -> impl Iterator<Item = &str> {
        self.needs.iter().filter_map(|need| match &need.from {
            From::Pool(pool) => Some(pool.as_str()),
            From::Made(_) => None,
        })
    }

    /// The files of a profile.
    ///
    /// # Errors
    /// A value of `given` that the template does not take.
    pub fn render(&self, profile: &str, payer: &str, given: &Values) -> Result<Rendered, TemplateError> {
        let Self { options, template, .. } = self;
        let mut values = Values::from([("USER_NAME".to_owned(), profile.to_owned())]);
        let telegram_user = match options.channel {
            Channel::Telegram => payer.strip_prefix("tg:"),
            // The template asks for it, and the channel makes nothing of it.
            Channel::Weixin => Some("none"),
        };
        values.extend(telegram_user.map(|user| ("TELEGRAM_USER".to_owned(), user.to_owned())));
        values.extend(given.clone());
        let ours = [
            ("PROFILE", Some(profile)),
            ("GATEWAY_URL", Some(options.gateway_url.as_str())),
            ("WAREHOUSE_URL", Some(options.warehouse_url.as_str())),
            ("MODEL", options.model.as_deref()),
            ("CHANNEL", Some(options.channel.name())),
        ];
        values.extend(ours.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))));
        // What the registry offers to every template; what somebody chose has to be known to this one.
        let known: Vec<&str> = template.placeholders().map(|placeholder| placeholder.name.as_str()).collect();
        values.retain(|name, _| known.contains(&name.as_str()) || given.contains_key(name));
        template.render(&values)
    }

    /// What is wrong with what a buyer chose: the value's name and why.
    pub fn problem_of(&self, payer: Option<&str>, given: &BTreeMap<String, String>) -> Option<String> {
        if let Some(name) = given.keys().find(|name| OURS.contains(&name.as_str())) {
            return Some(format!("{name} is filled in by the registry"));
        }
        // Before anybody has paid it may not be known who will; WeChat's payers have no account at Telegram.
        let payer = payer.unwrap_or("wx:unknown:unknown");
        self.render("sample", payer, given).err().map(|error| error.to_string())
    }
}

impl Need {
    /// What is wrong with a value for it, without the value.
    pub fn problem_of(&self, value: &str) -> Option<&'static str> {
        self.entry.problem_of(value)
    }
}

fn needs(schema: &SecretsSchema) -> Result<Vec<Need>, String> {
    let mut needs = Vec::new();
    for entry in schema.entries() {
        let from = match &entry.source {
            Source::Generated(scopes) => From::Made(scopes.clone()),
            Source::FromPool(pool) => From::Pool(pool.clone()),
            Source::ManagedBot | Source::User if entry.required => {
                return Err(format!("{}: nobody is there to enter it while a profile is provisioned", entry.name));
            }
            Source::ManagedBot | Source::User | Source::Setting(_) => continue,
        };
        if entry.name.len() > VARIABLE_MAX {
            return Err(format!("{}: the name has more than {VARIABLE_MAX} letters", entry.name));
        }
        needs.push(Need { name: entry.name.clone(), from, entry: entry.clone() });
    }
    Ok(needs)
}

#[cfg(test)]
mod tests {
    use profile_store::template::shipped;

    use super::*;

    fn product(channel: Channel) -> Product {
        let options = ProductOptions {
            name: "stock-pro".to_owned(),
            template: "template-stock-research-pro".to_owned(),
            amount_fen: 9_900,
            months: 1,
            model: Some("qwen-max".to_owned()),
            channel,
            gateway_url: "http://gw:3000".to_owned(),
            warehouse_url: "http://wh:8000".to_owned(),
        };
        let (_, files) = shipped().find(|(name, _)| *name == options.template).unwrap();
        Product::new(options, &files).unwrap()
    }

    fn given(pairs: &[(&str, &str)]) -> Values {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn every_shipped_template_makes_a_product_for_either_channel() {
        for (name, files) in shipped() {
            for channel in [Channel::Telegram, Channel::Weixin] {
                let options = ProductOptions { template: name.to_owned(), ..product(channel).options };
                let product = Product::new(options, &files).unwrap_or_else(|error| panic!("{name}: {error}"));
                let pools: Vec<_> = product.pools().collect();
                let bots: &[&str] = if channel == Channel::Telegram { &["telegram_bot"] } else { &[] };
                assert_eq!(pools, bots, "{name}");
            }
        }
    }

    #[test]
    fn a_profile_for_wechat_delivers_to_wechat_and_needs_no_telegram() {
        let rendered = product(Channel::Weixin).render("p", "wx:a:b", &Values::new()).unwrap();
        let jobs = String::from_utf8(rendered.files["cron/jobs.json"].clone()).unwrap();
        assert!(jobs.contains("\"deliver\": \"weixin\""), "{jobs}");
        assert!(rendered.secrets.entries().iter().all(|entry| !entry.name.starts_with("TELEGRAM")));
        assert!(String::from_utf8_lossy(&rendered.files["config.yaml"]).contains("http://gw:3000/v1"));
    }

    #[test]
    fn a_telegram_bot_answers_its_payer_or_whom_the_order_names() {
        let product = product(Channel::Telegram);
        let allowed = |payer: &str, given: &Values| {
            let rendered = product.render("p", payer, given)?;
            let users = rendered.secrets.settings().find(|(name, _)| *name == "TELEGRAM_ALLOWED_USERS");
            Ok::<_, TemplateError>(users.map(|(_, users)| users.to_owned()))
        };
        assert_eq!(allowed("tg:42", &Values::new()).unwrap().as_deref(), Some("42"));
        assert_eq!(allowed("wx:a:b", &given(&[("TELEGRAM_USER", "7")])).unwrap().as_deref(), Some("7"));
        assert!(allowed("wx:a:b", &Values::new()).unwrap_err().to_string().contains("TELEGRAM_USER"));
    }

    #[test]
    fn a_buyer_chooses_what_the_template_asks_for_and_nothing_of_ours() {
        let product = product(Channel::Telegram);
        let problem = |pairs: &[(&str, &str)]| product.problem_of(Some("tg:1"), &given(pairs));
        assert_eq!(problem(&[("USER_NAME", "李雷"), ("STYLE", "价值")]), None);
        assert_eq!(problem(&[("GATEWAY_URL", "http://evil")]).unwrap(), "GATEWAY_URL is filled in by the registry");
        assert!(problem(&[("STYLE", "x")]).unwrap().contains("STYLE"));
        assert!(problem(&[("COLOUR", "x")]).unwrap().contains("no placeholder COLOUR"));
        assert!(problem(&[("USER_NAME", "x\nmcp_servers:")]).unwrap().contains("USER_NAME"));
    }

    #[test]
    fn a_name_that_no_profile_could_have_is_refused() {
        let (_, files) = shipped().next().unwrap();
        for bad in ["", "A", "a_b", "-a", "a-", &"x".repeat(41)] {
            let options = ProductOptions { name: bad.to_owned(), ..product(Channel::Weixin).options };
            assert!(Product::new(options, &files).is_err(), "{bad:?}");
        }
    }
}
