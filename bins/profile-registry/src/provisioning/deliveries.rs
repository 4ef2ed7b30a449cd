//! Whether hosts have what belongs to them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use profile_store::{ProfileName, StoreError};
use rusqlite::{Connection, OptionalExtension as _};

use super::{
    ProvisionError, Provisioner,
    acknowledge::{SCHEMA, fingerprint, sealed, settings},
};
use crate::books::Moment;

/// What a profile's host has said about its `.env`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// It has what belongs there, since then.
    Current(DateTime<Utc>),
    /// It has what belonged there then; there is something else by now.
    Behind(DateTime<Utc>),
    /// It never said that it has any.
    Never,
    /// Nobody can tell what belongs there: why.
    Broken(String),
}

impl Provisioner {
    /// Of each profile whether its host has the present `.env`. Profiles that no host serves are left out.
    ///
    /// Cost: a query and a small file of git for each.
    ///
    /// # Errors
    /// What the books and the repository do.
    pub(crate) async fn deliveries(
        &self,
        profiles: Vec<ProfileName>,
    ) -> Result<BTreeMap<ProfileName, Delivery>, ProvisionError> {
        let read = move |connection: &Connection| {
            let mut found = Vec::new();
            for profile in profiles {
                let Some((host, told)) = told(connection, &profile)? else { continue };
                if let Some((product, values)) = sealed(connection, &host, &profile)? {
                    found.push((profile, product, values, told));
                }
            }
            Ok::<_, ProvisionError>(found)
        };
        let found = self.parts().books.read(read).await?;
        let catalog = self.catalog().clone();
        let judge = move |store: &profile_store::Store| {
            let now = store.head()?;
            let judged = found.into_iter().map(|(profile, product, values, told)| {
                let Some((had, at)) = told else { return Ok((profile, Delivery::Never)) };
                let schema = now.file(&profile, SCHEMA)?;
                let wanted = match catalog.get(&product) {
                    Ok(product) => {
                        settings(product, &profile, schema.as_deref(), &values).map_err(|why| why.to_string())
                    }
                    Err(why) => Err(why.to_string()),
                };
                let delivery = match wanted {
                    Ok(settings) if fingerprint(&values, &settings) == had => Delivery::Current(at),
                    Ok(_) => Delivery::Behind(at),
                    Err(why) => Delivery::Broken(why),
                };
                Ok::<_, StoreError>((profile, delivery))
            });
            judged.collect::<Result<_, StoreError>>()
        };
        Ok(self.git(judge).await?)
    }
}

/// The fingerprint of a `.env` that a host said to have, and when it said so.
type Had = (String, DateTime<Utc>);

/// The host that serves a profile, and what it said last to have.
fn told(connection: &Connection, profile: &ProfileName) -> Result<Option<(String, Option<Had>)>, ProvisionError> {
    let sql = "SELECT subscription.host, fingerprint, delivered_at FROM subscription
               LEFT JOIN delivery ON delivery.profile = subscription.profile AND delivery.host = subscription.host
               WHERE subscription.profile = ? AND subscription.host IS NOT NULL";
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_row([profile.as_str()], |row| {
        let at = row.get::<_, Option<Moment>>(2)?.map(|Moment(at)| at);
        Ok((row.get(0)?, row.get::<_, Option<String>>(1)?.zip(at)))
    });
    Ok(found.optional()?)
}
