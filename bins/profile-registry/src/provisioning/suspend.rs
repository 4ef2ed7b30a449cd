//! `live` → `suspending` → `suspended`: a profile whose time is over keeps its files, its owner and its bot, and nothing that
//! costs anybody anything.

use chrono::{DateTime, TimeDelta, Utc};
use profile_store::ProfileName;
use rusqlite::{Connection, Transaction, params};

use super::{
    ProvisionError, Provisioner,
    halt::Halt,
    provisioner::{audit, pause},
};
use crate::{
    books::Moment,
    secrets::{delivery, pool},
};

/// After so long a profile that nobody pays for any more gives back what it holds of the pools, as its bot.
const RELEASE_AFTER: TimeDelta = TimeDelta::days(90);

/// What is suspended.
#[derive(Clone, Debug)]
struct Lapsed {
    payer: String,
    product: String,
    profile: String,
    attempts: u32,
}

impl Provisioner {
    /// Suspends every profile that nobody has paid for since its time and the grace after it were over; how many it looked
    /// at. What cannot be suspended now is tried again, and keeps none of the others.
    ///
    /// # Errors
    /// When the books cannot be read.
    pub async fn suspend_lapsed(&self) -> Result<usize, ProvisionError> {
        let (now, over) = (self.now(), self.now() - self.parts().grace);
        let sql = "SELECT EXISTS (SELECT 1 FROM subscription WHERE state = 'live' AND paid_until <= ?)";
        let read =
            move |c: &Connection| Ok::<bool, ProvisionError>(c.query_row(sql, [Moment(over)], |row| row.get(0))?);
        if self.parts().books.read(read).await? {
            self.crash("RegistryBeforeSuspend");
            // A payment that comes from now on waits until the tokens of the time before are revoked.
            let sql = "UPDATE subscription SET state = 'suspending', retry_at = NULL, attempts = 0
                       WHERE state = 'live' AND paid_until <= ?";
            let mark = move |tx: &Transaction<'_>| Ok::<_, ProvisionError>(tx.execute(sql, [Moment(over)])?);
            self.parts().books.write(mark).await?;
            self.crash("RegistrySuspending");
        }
        let due = self.parts().books.read(move |connection| due(connection, now)).await?;
        for lapsed in &due {
            if let Err(halt) = self.suspend(lapsed).await {
                self.put_off(lapsed, halt).await?;
            }
        }
        self.release().await?;
        Ok(due.len())
    }

    async fn suspend(&self, lapsed: &Lapsed) -> Result<(), Halt> {
        let Lapsed { payer, product, profile, .. } = lapsed.clone();
        let _alone = self.lock(&payer, &product).await;
        let name = ProfileName::parse(&profile)
            .map_err(|error| ProvisionError::Inconsistent(format!("the profile {profile:?}: {error}")))?;
        self.revoke_all(&name).await?;
        self.crash("RegistrySuspensionRevoked");
        self.pause_jobs(&name, format!("Suspend {name}: its paid time is over")).await?;
        let (now, of) = (self.now(), profile.clone());
        let finish = move |tx: &Transaction<'_>| {
            let sql =
                "UPDATE subscription SET state = CASE state WHEN 'resuming' THEN 'provisioning' ELSE 'suspended' END,
                       retry_at = NULL, attempts = 0 WHERE profile = ? AND state IN ('suspending', 'resuming')";
            // A refund may have been faster.
            if tx.execute(sql, [&of])? == 0 {
                return Ok(());
            }
            tx.execute(
                "UPDATE secret SET retired_at = ? WHERE retired_at IS NULL AND source = 'generated'
                 AND owner IN (SELECT 'order:' || out_trade_no FROM orders WHERE profile = ?)",
                params![Moment(now), of],
            )?;
            let sql = "UPDATE orders SET retry_at = ? WHERE profile = ? AND state = 'paid' AND parked_why IS NOT NULL";
            tx.execute(sql, params![Moment(now), of])?;
            audit(tx, "registry", "profile.suspended", &of, "", now)
        };
        self.parts().books.write(finish).await?;
        self.crash("RegistrySuspended");
        tracing::info!(profile, "the paid time of the profile {profile} is over: it is suspended");
        metrics::counter!("registry_profiles_suspended_total").increment(1);
        self.wake();
        Ok(())
    }

    async fn put_off(&self, lapsed: &Lapsed, halt: Halt) -> Result<(), ProvisionError> {
        let now = self.now();
        let profile = lapsed.profile.clone();
        let (why, about) = match halt {
            Halt::Later(why) => (why, None),
            Halt::Alert { about, why } => (why, Some(about)),
            Halt::Stop(why) => (why, Some(format!("profile:{profile}"))),
            Halt::Failed(error) => (error.to_string(), None),
        };
        tracing::warn!(profile, "the profile {profile} is not suspended yet: {why}");
        if let Some(about) = about {
            self.parts().alerts.tell(&about, &format!("the profile {profile} is not suspended: {why}"), now).await;
        }
        let retry_at = now + pause(lapsed.attempts);
        let note = move |tx: &Transaction<'_>| {
            let sql = "UPDATE subscription SET retry_at = ?, attempts = attempts + 1 WHERE profile = ?";
            tx.execute(sql, params![Moment(retry_at), profile])?;
            Ok::<_, ProvisionError>(())
        };
        self.parts().books.write(note).await
    }

    /// Gives back what profiles hold of pools that were suspended long ago.
    async fn release(&self) -> Result<(), ProvisionError> {
        let (now, before) = (self.now(), self.now() - RELEASE_AFTER);
        let sql = "SELECT profile FROM subscription WHERE state = 'suspended' AND paid_until <= ? AND EXISTS (
                       SELECT 1 FROM pool WHERE holder = 'profile:' || profile AND state = 'bound')";
        let find = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map([Moment(before)], |row| row.get(0))?;
            Ok::<Vec<String>, ProvisionError>(rows.collect::<rusqlite::Result<_>>()?)
        };
        let profiles = self.parts().books.read(find).await?;
        if profiles.is_empty() {
            return Ok(());
        }
        let give_back = move |tx: &Transaction<'_>| {
            for profile in &profiles {
                let sql = "SELECT state FROM subscription WHERE profile = ?";
                if tx.query_row(sql, [profile], |row| row.get::<_, String>(0))? != "suspended" {
                    continue;
                }
                tx.execute(
                    "UPDATE secret SET retired_at = ? WHERE retired_at IS NULL AND source = 'from_pool'
                     AND owner IN (SELECT 'order:' || out_trade_no FROM orders WHERE profile = ?)",
                    params![Moment(now), profile],
                )?;
                pool::give_back(tx, &delivery::holder(profile), true, now)?;
                audit(tx, "registry", "profile.released", profile, "", now)?;
            }
            Ok::<_, ProvisionError>(())
        };
        self.parts().books.write(give_back).await
    }
}

fn due(connection: &Connection, now: DateTime<Utc>) -> Result<Vec<Lapsed>, ProvisionError> {
    let sql = "SELECT payer, product, profile, attempts FROM subscription
               WHERE state IN ('suspending', 'resuming') AND (retry_at IS NULL OR retry_at <= ?) ORDER BY paid_until";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([Moment(now)], |row| {
        Ok(Lapsed { payer: row.get(0)?, product: row.get(1)?, profile: row.get(2)?, attempts: row.get(3)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
