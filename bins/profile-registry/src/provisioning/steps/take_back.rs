//! `refunding` → `quarantined`: tokens are revoked, jobs are off, secrets are retired; the profile is kept.

use profile_store::{
    Actor, Author, Change, CommitId, ProfileName, Store, StoreError, UpdateError, json,
    yaml::{Map, Node},
};
use rusqlite::{Connection, Transaction, params};

use super::{
    super::{
        ProvisionError, Provisioner,
        halt::{Halt, Step},
        order::{Order, OrderState, holder},
        provisioner::{ADDRESS, AUTHOR, audit, step},
    },
    commit::LOOK_BACK,
    seal::is_of_order,
};
use crate::{
    books::Moment,
    gateway_client::{GatewayError, token_id},
    secrets::{delivery, pool},
};

const JOBS: &str = "cron/jobs.json";

impl Provisioner {
    pub(in super::super) async fn take_back(&self, order: &Order) -> Result<Step, Halt> {
        let profile = order.profile_name()?;
        self.revoke_all(&profile).await?;
        self.crash("RegistryTokensRevoked");
        self.pause_jobs(&profile, format!("Quarantine {profile}\n\nRefund: {}\n", order.out_trade_no)).await?;
        let made = self.made_unnoticed(&profile).await?;
        let (now, number, order) = (self.now(), order.out_trade_no.clone(), order.clone());
        self.parts().books.write(move |tx| retire(tx, &order, &made, now)).await?;
        self.crash("RegistryQuarantined");
        tracing::info!(order = number, "the profile {profile} of order {number} is in quarantine");
        metrics::counter!("registry_profiles_quarantined_total").increment(1);
        Ok(Step::Rest)
    }

    /// Orders of the profile with commits of theirs that the books do not know, because the process was killed or the refund
    /// was faster: without them a new payment would take the profile for somebody else's, and make a second one.
    async fn made_unnoticed(&self, profile: &ProfileName) -> Result<Vec<(String, CommitId)>, Halt> {
        let name = profile.to_string();
        let find = move |connection: &Connection| {
            let sql = "SELECT out_trade_no FROM orders WHERE profile = ? AND commit_id IS NULL AND paid_at IS NOT NULL";
            let mut statement = connection.prepare(sql)?;
            let rows = statement.query_map([&name], |row| row.get(0))?;
            Ok::<Vec<String>, ProvisionError>(rows.collect::<rusqlite::Result<_>>()?)
        };
        let numbers = self.parts().books.read(find).await?;
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        let profile = profile.clone();
        let history = self.git(move |store| store.history(&profile, LOOK_BACK, None)).await?;
        let commit = |number: String| {
            let entry = history.iter().find(|entry| is_of_order(entry, &number))?;
            Some((number, entry.id))
        };
        Ok(numbers.into_iter().filter_map(commit).collect())
    }

    /// Revokes every token that was made for the profile.
    pub(in super::super) async fn revoke_all(&self, profile: &ProfileName) -> Result<(), Halt> {
        let name = profile.to_string();
        let find = move |connection: &Connection| {
            let mut statement = connection.prepare("SELECT out_trade_no FROM orders WHERE profile = ?")?;
            let numbers: Vec<String> =
                statement.query_map([&name], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
            let mut orders = Vec::new();
            for number in numbers {
                let values = delivery::held_by(connection, &holder(&number))?;
                let made = values.into_iter().filter(|value| value.source == "generated").map(|value| value.name);
                orders.push((Order::find(connection, &number)?, made.collect::<Vec<_>>()));
            }
            Ok::<_, ProvisionError>(orders)
        };
        for (order, names) in self.parts().books.read(find).await? {
            if names.is_empty() {
                continue;
            }
            let gateway = self.gateway()?;
            if order.commit.is_none() && self.catalog().get(&order.product).is_ok() {
                // A registration that was cut off may still be on its way: the gateway refuses it once it knows the id as
                // one of a revoked token.
                for token in self.tokens(&order).await? {
                    match gateway.register(&token).await {
                        Ok(()) | Err(GatewayError::Conflict(_)) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
            }
            for name in names {
                gateway.revoke(&token_id(&order.out_trade_no, &name)).await?;
            }
        }
        Ok(())
    }

    /// Switches the profile's jobs off, and notes which of them were on. Where their owner's file is in the way people are
    /// told, and the rest goes on: without its tokens no job does anything.
    pub(in super::super) async fn pause_jobs(&self, profile: &ProfileName, message: String) -> Result<(), Halt> {
        match self.switch_jobs_off(profile, message).await {
            Err(Halt::Stop(why)) => {
                let text = format!("the jobs of {profile} are not switched off: {why}");
                self.parts().alerts.tell(&format!("jobs:{profile}"), &text, self.now()).await;
                Ok(())
            }
            switched => switched,
        }
    }

    async fn switch_jobs_off(&self, profile: &ProfileName, message: String) -> Result<(), Halt> {
        let name = profile.clone();
        let jobs = self.git(move |store| store.head()?.file(&name, JOBS)).await?;
        let Some(jobs) = jobs else { return Ok(()) };
        let mut on = Vec::new();
        with_jobs(&jobs, |id, job| {
            if job.get("enabled") != Some(&Node::bool(false)) {
                on.push(id.to_owned());
            }
        })?;
        // Written down first: once they are off, nobody could tell which ones their owner had switched off.
        let (name, on) = (profile.to_string(), serde_json::Value::from(on).to_string());
        let note = move |tx: &Transaction<'_>| {
            let sql = "UPDATE subscription SET paused_jobs = coalesce(paused_jobs, ?) WHERE profile = ?";
            tx.execute(sql, params![on, name])?;
            Ok::<_, ProvisionError>(())
        };
        self.parts().books.write(note).await?;
        self.crash("RegistryJobsNoted");
        let (profile, at) = (profile.clone(), self.now());
        self.git(move |store| Ok::<_, StoreError>(switch_off(store, &profile, &message, at))).await??;
        self.crash("RegistryJobsPaused");
        Ok(())
    }
}

fn switch_off(
    store: &Store,
    profile: &ProfileName,
    message: &str,
    at: chrono::DateTime<chrono::Utc>,
) -> Result<(), Halt> {
    let author = Author::new(AUTHOR, ADDRESS, at);
    let committed = store.update(&Actor::Admin, &author, message, |now| {
        let Some(jobs) = now.file(profile, JOBS)? else { return Ok(Vec::new()) };
        let mut is_on = false;
        let off = with_jobs(&jobs, |_, job| {
            if job.get("enabled") != Some(&Node::bool(false)) {
                is_on = true;
                job.set("enabled", Node::bool(false));
            }
        })?;
        Ok(if is_on { vec![Change::put(profile, JOBS, off)] } else { Vec::new() })
    });
    match committed {
        Ok(_) => Ok(()),
        Err(UpdateError::Declined(halt)) => Err(halt),
        Err(UpdateError::Store(error)) => Err(error.into()),
    }
}

/// The file of jobs after each of them, with its id, went through `edit`.
pub(super) fn with_jobs(bytes: &[u8], mut edit: impl FnMut(&str, &mut Map)) -> Result<Vec<u8>, Halt> {
    let broken = |problem: String| Halt::Stop(format!("cron/jobs.json of the profile is broken: {problem}"));
    let mut file = json::parse(bytes).map_err(|error| broken(error.to_string()))?;
    let list = file.as_map_mut().and_then(|map| map.get_mut("jobs"));
    let Some(Node::List(jobs)) = list else { return Err(broken("it has no list `jobs`".to_owned())) };
    for (index, job) in jobs.iter_mut().enumerate() {
        let id = job.at(&["id"]).and_then(Node::as_text).map(str::to_owned);
        let Some(job) = job.as_map_mut() else { return Err(broken(format!("job {} is no object", index + 1))) };
        edit(&id.unwrap_or_default(), job);
    }
    Ok(super::commit::emit(&file))
}

fn retire(
    tx: &Transaction<'_>,
    order: &Order,
    made: &[(String, CommitId)],
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(), ProvisionError> {
    if !step(tx, order, OrderState::Quarantined, now)? {
        return Ok(());
    }
    for (number, commit) in made {
        let sql = "UPDATE orders SET commit_id = ? WHERE out_trade_no = ? AND commit_id IS NULL";
        tx.execute(sql, params![commit.to_string(), number])?;
    }
    let profile = order.profile_name()?.to_string();
    tx.execute(
        "UPDATE secret SET retired_at = ? WHERE retired_at IS NULL
         AND owner IN (SELECT 'order:' || out_trade_no FROM orders WHERE profile = ?)",
        params![Moment(now), profile],
    )?;
    let mut statement = tx.prepare("SELECT out_trade_no FROM orders WHERE profile = ?")?;
    let numbers: Vec<String> = statement.query_map([&profile], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for number in numbers {
        pool::give_back(tx, &holder(&number), false, now)?;
    }
    pool::give_back(tx, &delivery::holder(&profile), true, now)?;
    // What was on its way to the profile does not arrive any more.
    tx.execute(
        "UPDATE orders SET state = 'quarantined', parked_why = NULL, retry_at = NULL, changed_at = ?
         WHERE profile = ? AND (state IN ('sealed', 'registered', 'committed', 'delivered', 'awaiting_pairing')
            OR state = 'paid' AND EXISTS (SELECT 1 FROM extension
                WHERE extension.out_trade_no = orders.out_trade_no AND refunded_at IS NOT NULL))",
        params![Moment(now), profile],
    )?;
    audit(tx, "registry", "profile.quarantined", &profile, &order.out_trade_no, now)
}
