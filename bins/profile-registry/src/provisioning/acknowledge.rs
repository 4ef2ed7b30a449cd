//! `committed` → `delivered`: the host fetches the `.env`, and says that it has it.

use std::collections::BTreeMap;

use daemon_kit::config::Secret;
use profile_store::{ProfileName, secrets_schema::SecretsSchema};
use ring::digest::{Context, SHA256};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::{
    ProvisionError, Provisioner,
    order::{Order, OrderState},
    product::Product,
    provisioner::step,
};
use crate::{
    Host,
    books::Moment,
    render_dotenv,
    secrets::{delivery, hosts},
};

/// What a profile's `.env` holds.
pub(super) const SCHEMA: &str = "secrets.schema.json";

/// The secrets of a profile for one host.
pub(crate) struct Env {
    /// Changes when what is in it changes: 64 hexadecimal digits.
    pub(crate) fingerprint: String,
    /// The `.env`, sealed to the host, armored.
    pub(crate) sealed: String,
}

/// Why a host does not get, or has not got, a profile's secrets.
#[derive(Debug, thiserror::Error)]
pub enum AcknowledgeRefused {
    /// It does not serve the profile.
    #[error("the host {host} does not serve {profile}")]
    NotServed {
        /// The host.
        host: String,
        /// The profile.
        profile: String,
    },
    /// What it has is not what there is now: fetch again.
    #[error("what was delivered is not what there is now: fetch it again")]
    Stale {
        /// The fingerprint of what there is now.
        now: String,
    },
    /// The profile's own files are in the way.
    #[error("{0}")]
    Broken(String),
    /// Anything below.
    #[error(transparent)]
    Failed(#[from] ProvisionError),
}

impl From<crate::BooksError> for AcknowledgeRefused {
    fn from(error: crate::BooksError) -> Self {
        Self::Failed(error.into())
    }
}

/// What is in a `.env`, still sealed as the books have it.
struct Content {
    fingerprint: String,
    values: Vec<delivery::Value>,
    settings: BTreeMap<String, String>,
}

impl Provisioner {
    /// The `.env` of a profile, sealed to the host that serves it. A profile that is suspended or in quarantine has one
    /// without secrets: it must take the place of the one that the host has.
    pub(crate) async fn env(&self, host: &Host, profile: &ProfileName) -> Result<Env, AcknowledgeRefused> {
        let content = self.content(&host.name, profile).await?;
        let recipient = host.recipient().ok_or_else(|| {
            AcknowledgeRefused::Broken(format!("the host {} has no recipient to seal to: POST /hosts", host.name))
        })?;
        let (vault, fingerprint, name) = (self.parts().vault.clone(), content.fingerprint.clone(), profile.clone());
        let seal = move || {
            let opened = |value: &delivery::Value| Ok((value.name.clone(), vault.open_value(&value.sealed)?));
            let mut values =
                content.values.iter().map(opened).collect::<Result<BTreeMap<_, _>, crate::VaultError>>()?;
            values.extend(content.settings.into_iter().map(|(name, value)| (name, Secret::new(value))));
            let text = render_dotenv(values.iter().map(|(name, value)| (name.as_str(), value)))
                .map_err(|problem| ProvisionError::Inconsistent(format!("the .env of {name}: {problem}")))?;
            Ok::<_, ProvisionError>(vault.seal_for(&recipient, &text)?)
        };
        let sealed = tokio::task::spawn_blocking(seal).await.map_err(|_| crate::BooksError::BrokenOff)??;
        Ok(Env { fingerprint, sealed })
    }

    /// The fingerprint of [`Self::env`], without opening anything.
    pub(crate) async fn env_fingerprint(
        &self,
        host: &str,
        profile: &ProfileName,
    ) -> Result<String, AcknowledgeRefused> {
        Ok(self.content(host, profile).await?.fingerprint)
    }

    /// Notes that a host has what [`Self::env`] gave it, and moves the orders on that waited for that. Once more changes
    /// nothing.
    pub(crate) async fn delivered(
        &self,
        host: &str,
        profile: &ProfileName,
        fingerprint: &str,
    ) -> Result<(), AcknowledgeRefused> {
        let now_is = self.env_fingerprint(host, profile).await?;
        if now_is != fingerprint {
            return Err(AcknowledgeRefused::Stale { now: now_is });
        }
        self.crash("RegistryBeforeAcknowledged");
        let (now, host, name) = (self.now(), host.to_owned(), profile.to_string());
        let note = move |tx: &Transaction<'_>| {
            tx.execute(
                "INSERT INTO delivery (profile, host, fingerprint, delivered_at) VALUES (?, ?, ?, ?)
                 ON CONFLICT (profile, host) DO UPDATE SET fingerprint = excluded.fingerprint,
                    delivered_at = excluded.delivered_at",
                params![name, host, now_is, Moment(now)],
            )?;
            let mut statement =
                tx.prepare("SELECT out_trade_no FROM orders WHERE profile = ? AND state = 'committed'")?;
            let numbers: Vec<String> =
                statement.query_map([&name], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
            for number in &numbers {
                step(tx, &Order::find(tx, number)?, OrderState::Delivered, now)?;
            }
            Ok::<_, ProvisionError>(numbers)
        };
        let numbers = self.parts().books.write(note).await?;
        self.crash("RegistryAfterAcknowledged");
        for number in numbers {
            self.advance(&number).await?;
        }
        Ok(())
    }

    async fn content(&self, host: &str, profile: &ProfileName) -> Result<Content, AcknowledgeRefused> {
        let (name, serving) = (profile.clone(), host.to_owned());
        let found = self.parts().books.read(move |connection| sealed(connection, &serving, &name)).await?;
        let (product, values) = found
            .ok_or_else(|| AcknowledgeRefused::NotServed { host: host.to_owned(), profile: profile.to_string() })?;
        let (product, name) = (self.catalog().get(&product)?, profile.clone());
        let schema = self.git(move |store| store.head()?.file(&name, SCHEMA)).await.map_err(ProvisionError::from)?;
        let settings = settings(product, profile, schema.as_deref(), &values)?;
        Ok(Content { fingerprint: fingerprint(&values, &settings), values, settings })
    }
}

/// The product of a profile that a host serves, and the values that belong into its `.env`; `None` where it serves none.
pub(super) fn sealed(
    connection: &Connection,
    host: &str,
    profile: &ProfileName,
) -> Result<Option<(String, Vec<delivery::Value>)>, ProvisionError> {
    let mut statement =
        connection.prepare_cached("SELECT product, state FROM subscription WHERE profile = ? AND host = ?")?;
    let found: Option<(String, String)> =
        statement.query_row([profile.as_str(), host], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((product, state)) = found else { return Ok(None) };
    // One that comes back has its secrets again once it is back as a whole.
    let sql = "SELECT EXISTS (SELECT 1 FROM orders WHERE profile = ? AND state IN ('paid', 'sealed', 'registered'))";
    let is_out = match state.as_str() {
        "quarantined" | "suspending" | "resuming" | "suspended" => true,
        "provisioning" => connection.query_row(sql, [profile.as_str()], |row| row.get(0))?,
        _ => false,
    };
    let values = if is_out { Vec::new() } else { delivery::of_profile(connection, profile.as_str())? };
    Ok(Some((product, values)))
}

/// Changes when what is in a `.env` changes.
pub(super) fn fingerprint(values: &[delivery::Value], settings: &BTreeMap<String, String>) -> String {
    let mut hash = Context::new(&SHA256);
    for value in values {
        hash.update(format!("{}\n{}\n", value.name, value.fingerprint).as_bytes());
    }
    for (name, value) in settings {
        hash.update(format!("{name}={value}\n").as_bytes());
    }
    hash.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The settings of the profile's own `schema`, as far as its product has settings of these names: an owner may change what a
/// variable of the template is, and not what else stands in the environment of the host's programs.
pub(super) fn settings(
    product: &Product,
    profile: &ProfileName,
    schema: Option<&[u8]>,
    values: &[delivery::Value],
) -> Result<BTreeMap<String, String>, AcknowledgeRefused> {
    let Some(schema) = schema else { return Ok(BTreeMap::new()) };
    let schema = SecretsSchema::parse(schema)
        .map_err(|error| AcknowledgeRefused::Broken(format!("{SCHEMA} of {profile}: {error}")))?;
    let known = product.settings();
    let counts = |name: &str, value: &str| {
        known.iter().any(|known| known == name)
            && values.iter().all(|secret| secret.name != name)
            && !value.chars().any(char::is_control)
    };
    let settings = schema.settings().filter(|(name, value)| counts(name, value));
    Ok(settings.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// Notes that a host asked for something.
pub(crate) async fn seen(provisioner: &Provisioner, host: &str) -> Result<(), ProvisionError> {
    let (now, host) = (provisioner.now(), host.to_owned());
    provisioner.parts().books.write(move |tx| Ok(hosts::seen(tx, &host, now)?)).await
}
