//! `paid` → `sealed`: every value that the profile needs rests sealed under the order.

use access_tokens::TokenText;
use chrono::{DateTime, Utc};
use daemon_kit::config::Secret;
use profile_store::HistoryEntry;
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::super::{
    ProvisionError, Provisioner,
    accept::{NAMES_MAX, free_name, reserve},
    halt::{Halt, Step},
    order::{Order, OrderState, holder},
    product::{From, Product},
    profile_name::profile_name,
    provisioner::{ADDRESS, AUTHOR, step},
};
use crate::{
    Sealed,
    books::Moment,
    secrets::{delivery, pool},
};

impl Provisioner {
    pub(in super::super) async fn seal(&self, order: &Order) -> Result<Step, Halt> {
        self.wait_for_refund(order).await?;
        let order = self.with_free_name(order.clone()).await?;
        let product = self.catalog().get(&order.product)?.clone();
        let vault = self.parts().vault.clone();
        let names: Vec<String> =
            product.needs().iter().filter(|need| made(&need.from)).map(|n| n.name.clone()).collect();
        let seal = move || {
            let one = |name: String| {
                let text = TokenText::generate().map_err(|_| ProvisionError::NoRandomness)?;
                Ok((name, vault.seal(&Secret::new(text.expose()))?))
            };
            names.into_iter().map(one).collect::<Result<Vec<_>, ProvisionError>>()
        };
        let values = tokio::task::spawn_blocking(seal).await.map_err(|_| crate::BooksError::BrokenOff)??;
        self.crash("RegistryBeforeSeal");
        let (now, number) = (self.now(), order.out_trade_no.clone());
        let dry = self.parts().books.write(move |tx| keep(tx, &order, &product, &values, now)).await?;
        self.crash("RegistryAfterSeal");
        match dry.first() {
            None => {
                tracing::info!(order = number, "the secrets of order {number} are sealed");
                Ok(Step::Moved)
            }
            Some(pool) => {
                let why = format!("the pool {pool} is dry: POST /pools/{pool} adds values");
                Err(Halt::Alert { about: format!("pool:{pool}"), why })
            }
        }
    }

    /// The tokens of a refunded order, or of a suspended profile, are revoked by the profile: not those of the order that
    /// came after it.
    async fn wait_for_refund(&self, order: &Order) -> Result<(), Halt> {
        let profile = order.profile_name()?.to_string();
        let sql = "SELECT out_trade_no FROM orders WHERE profile = ? AND state = 'refunding'";
        let read = move |connection: &rusqlite::Connection| {
            Ok::<Option<String>, ProvisionError>(connection.query_row(sql, [profile], |row| row.get(0)).optional()?)
        };
        if let Some(refunded) = self.parts().books.read(read).await? {
            return Err(Halt::Later(format!("the refund of order {refunded} is still being carried out")));
        }
        let profile = order.profile_name()?.to_string();
        let sql =
            "SELECT EXISTS (SELECT 1 FROM subscription WHERE profile = ? AND state IN ('suspending', 'resuming'))";
        let read = move |connection: &rusqlite::Connection| {
            Ok::<bool, ProvisionError>(connection.query_row(sql, [profile], |row| row.get(0))?)
        };
        if self.parts().books.read(read).await? {
            return Err(Halt::Later("the suspension of the profile is still being carried out".to_owned()));
        }
        Ok(())
    }

    /// Takes another name where somebody who did not pay for it has this one. Nothing knows the name yet but the books.
    async fn with_free_name(&self, mut order: Order) -> Result<Order, Halt> {
        let (payer, now) = (order.owner()?, self.now());
        for attempt in 0..NAMES_MAX {
            let (name, owner) = (order.profile_name()?, payer.clone());
            let is_ours = {
                let name = name.to_string();
                let sql = "SELECT EXISTS (SELECT 1 FROM orders WHERE profile = ? AND commit_id IS NOT NULL)";
                let read =
                    move |c: &rusqlite::Connection| Ok::<bool, ProvisionError>(c.query_row(sql, [name], |r| r.get(0))?);
                self.parts().books.read(read).await?
            };
            let number = order.out_trade_no.clone();
            let is_free = self
                .git(move |store| {
                    let head = store.head()?;
                    let other = head.owners()?.owner_of(&name).is_some_and(|has| *has != owner);
                    let made = store.history(&name, 1, None)?.iter().any(|entry| is_of_order(entry, &number));
                    Ok::<_, profile_store::StoreError>(made || (!other && head.files(&name)?.is_empty()))
                })
                .await?;
            if is_ours || is_free {
                return Ok(order);
            }
            let (number, product, payer) = (order.out_trade_no.clone(), order.product.clone(), payer.to_string());
            // Past the name that is taken, whichever attempt it was.
            let taken = (0..NAMES_MAX).find(|attempt| {
                let name = profile_name(&payer, &product, *attempt);
                name.is_some_and(|name| Some(name.as_str()) == order.profile.as_deref())
            });
            let first = taken.unwrap_or(attempt) + 1;
            let rename = move |tx: &Transaction<'_>| {
                let name = free_name(tx, &payer, &product, first)?;
                let sql = "UPDATE subscription SET profile = ? WHERE payer = ? AND product = ?";
                tx.execute(sql, params![name.as_str(), payer, product])?;
                let sql = "UPDATE orders SET profile = ?1, changed_at = ?4 WHERE payer = ?2 AND product = ?3";
                tx.execute(sql, params![name.as_str(), payer, product, Moment(now)])?;
                Order::find(tx, &number)
            };
            order = self.parts().books.write(rename).await?;
        }
        Err(Halt::Stop("every name for the profile is taken".to_owned()))
    }
}

/// Whether the registry made a commit for an order. Whoever owns a profile may write the same words, and must not be able to
/// have somebody's order taken for carried out.
pub(super) fn is_of_order(entry: &HistoryEntry, out_trade_no: &str) -> bool {
    let is_ours = !entry.is_owners_own && entry.author == format!("{AUTHOR} <{ADDRESS}>");
    is_ours && entry.message.lines().any(|line| line.strip_prefix("Order: ") == Some(out_trade_no))
}

fn made(from: &From) -> bool {
    matches!(from, From::Made(_))
}

/// Everything in one transaction; the pools that are dry, and then nothing but reservations was kept.
fn keep(
    tx: &Transaction<'_>,
    order: &Order,
    product: &Product,
    values: &[(String, Sealed)],
    now: DateTime<Utc>,
) -> Result<Vec<String>, ProvisionError> {
    if Order::find(tx, &order.out_trade_no)?.state != OrderState::Paid {
        return Ok(Vec::new());
    }
    let profile = order.profile_name()?;
    let dry = reserve(tx, product, profile.as_str(), &order.out_trade_no, now)?;
    if !dry.is_empty() {
        return Ok(dry);
    }
    let mut nth = std::collections::BTreeMap::<&str, u32>::new();
    let kept = delivery::kept(tx, profile.as_str(), &order.holder())?;
    for need in product.needs().iter().filter(|need| !kept.contains(&need.name)) {
        let (value, source) = match &need.from {
            From::Made(_) => {
                let value = values.iter().find(|(name, _)| *name == need.name);
                (value.map(|(_, value)| value.clone()), "generated")
            }
            From::Pool(name) => {
                let index = nth.entry(name).or_default();
                let value = pool::reserve(tx, name, &holder(&order.out_trade_no), *index, now)?;
                *index += 1;
                (value, "from_pool")
            }
        };
        let Some(value) = value else {
            return Err(ProvisionError::Inconsistent(format!("no value for {} was made", need.name)));
        };
        tx.execute(
            "INSERT INTO secret (owner, name, version, source, sealed, fingerprint, created_at)
             VALUES (?, ?, 1, ?, ?, ?, ?) ON CONFLICT (owner, name, version) DO NOTHING",
            params![order.holder(), need.name, source, value.bytes, value.fingerprint, Moment(now)],
        )?;
    }
    step(tx, order, OrderState::Sealed, now)?;
    Ok(Vec::new())
}
