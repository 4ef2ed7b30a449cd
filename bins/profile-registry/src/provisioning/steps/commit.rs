//! `registered` → `committed`: files, `secrets.lock` and the owner's line, in one commit that names the order.

use chrono::{DateTime, Utc};
use profile_store::{
    Actor, Author, Change, CommitId, OwnerId, ProfileName, Snapshot, Store, UpdateError, json,
    secrets_lock::{Fingerprint, SecretsLock},
    yaml::Node,
};
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::{
    super::{
        ProvisionError, Provisioner,
        halt::{Halt, Step},
        order::{Order, OrderState},
        origins::TRAILER,
        provisioner::{ADDRESS, AUTHOR, audit, step},
    },
    seal::is_of_order,
};
use crate::secrets::{delivery, pool};

const JOBS: &str = "cron/jobs.json";
const LOCK: &str = "secrets.lock";
/// How far back an order's commit is looked for: nobody but its owner changes a profile, and hardly between two steps.
pub(super) const LOOK_BACK: usize = 1_000;

/// What is to be in git after an order.
struct Wanted {
    number: String,
    profile: ProfileName,
    owner: OwnerId,
    /// Paths and bytes.
    files: profile_store::template::Files,
    /// Names, sources and fingerprints of the secrets.
    secrets: Vec<(String, String, Fingerprint)>,
    /// Whether an earlier order made the profile, and a refund or the end of its time took it out of service.
    is_back: bool,
    /// The jobs that were switched off then.
    paused: Vec<String>,
    /// The template's name and version.
    template: String,
    at: DateTime<Utc>,
}

impl Provisioner {
    pub(in super::super) async fn commit(&self, order: &Order) -> Result<Step, Halt> {
        let wanted = self.wanted(order).await?;
        self.crash("RegistryBeforeCommit");
        let id = self.git(move |store| Ok::<_, profile_store::StoreError>(wanted.commit(store))).await??;
        self.crash("RegistryInGit");
        let (now, number, profile) = (self.now(), order.out_trade_no.clone(), order.profile_name()?.to_string());
        let order = order.clone();
        let note = move |tx: &Transaction<'_>| {
            if !step(tx, &order, OrderState::Committed, now)? {
                return Ok(());
            }
            let sql = "UPDATE orders SET commit_id = ? WHERE out_trade_no = ?";
            tx.execute(sql, params![id.to_string(), order.out_trade_no])?;
            let holder = delivery::holder(&profile);
            pool::bind(tx, &order.holder(), &holder, now)?;
            tx.execute("UPDATE subscription SET paused_jobs = NULL WHERE profile = ?", [&profile])?;
            audit(tx, "registry", "order.committed", &order.out_trade_no, &format!("{profile} {id}"), now)
        };
        self.parts().books.write(note).await?;
        self.crash("RegistryAfterCommit");
        tracing::info!(order = number, "the profile of order {number} is in git");
        Ok(Step::Moved)
    }

    async fn wanted(&self, order: &Order) -> Result<Wanted, Halt> {
        let (product, profile, owner) = (self.catalog().get(&order.product)?, order.profile_name()?, order.owner()?);
        let rendered = product.render(profile.as_str(), owner.as_str(), &order.given).map_err(|error| {
            Halt::Stop(format!("the template {} cannot be filled: {error}", product.options().template))
        })?;
        let (holder, name) = (order.holder(), profile.to_string());
        let read = move |connection: &rusqlite::Connection| {
            let (values, kept) = (delivery::held_by(connection, &holder)?, delivery::kept(connection, &name, &holder)?);
            let sql = "SELECT EXISTS (SELECT 1 FROM orders WHERE profile = ? AND commit_id IS NOT NULL)";
            let is_back: bool = connection.query_row(sql, [&name], |row| row.get(0))?;
            let sql = "SELECT paused_jobs FROM subscription WHERE profile = ?";
            let paused: Option<Option<String>> = connection.query_row(sql, [&name], |row| row.get(0)).optional()?;
            Ok::<_, ProvisionError>((values, kept, is_back, paused.flatten()))
        };
        let (values, kept, is_back, paused) = self.parts().books.read(read).await?;
        let is_there = |name: &String| kept.contains(name) || values.iter().any(|value| value.name == *name);
        if let Some(missing) = product.needs().iter().find(|need| !is_there(&need.name)) {
            // The template asks for more than it did when the values were sealed.
            tracing::warn!(order = order.out_trade_no, "order {} lacks {}", order.out_trade_no, missing.name);
            return Err(Halt::Stop(format!("the template asks for {} since the secrets were sealed", missing.name)));
        }
        let lock = |value: delivery::Value| {
            let short = value.fingerprint.get(..32).unwrap_or_default();
            let fingerprint = serde_json::from_value(serde_json::Value::from(format!("hmac-sha256:{short}")));
            let broken = |_| ProvisionError::Inconsistent(format!("the fingerprint of {} is broken", value.name));
            Ok((value.name.clone(), value.source.clone(), fingerprint.map_err(broken)?))
        };
        Ok(Wanted {
            number: order.out_trade_no.clone(),
            secrets: values.into_iter().map(lock).collect::<Result<_, ProvisionError>>()?,
            files: rendered.files,
            profile,
            owner,
            is_back,
            paused: paused.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
            template: format!("{}@{}", product.options().template, product.version()),
            at: self.now(),
        })
    }
}

impl Wanted {
    /// The commit that holds it: the one of an earlier try, or a new one.
    fn commit(&self, store: &Store) -> Result<CommitId, Halt> {
        let author = Author::new(AUTHOR, ADDRESS, self.at);
        let verb = if self.is_back { "Bring back" } else { "Provision" };
        let mut message = format!("{verb} {}\n\nOrder: {}\n", self.profile, self.number);
        if !self.is_back {
            message.push_str(&format!("{TRAILER}{}\n", self.template));
        }
        let mut found = None;
        let committed = store.update(&Actor::Admin, &author, &message, |now| {
            let history = store.history(&self.profile, LOOK_BACK, None)?;
            found = history.into_iter().find(|entry| is_of_order(entry, &self.number)).map(|entry| entry.id);
            if found.is_some() { Ok(Vec::new()) } else { self.changes(now) }
        });
        match committed {
            Ok(committed) => Ok(found.unwrap_or(committed.id)),
            Err(UpdateError::Declined(halt)) => Err(halt),
            Err(UpdateError::Store(error)) => Err(error.into()),
        }
    }

    fn changes(&self, now: &Snapshot) -> Result<Vec<Change>, Halt> {
        let mut owners = now.owners()?;
        let mut changes = Vec::new();
        if self.is_back {
            // Whoever the profile belongs to by now keeps it, with what they made of it.
            if let Some(jobs) = now.file(&self.profile, JOBS)?.and_then(|jobs| switched_on(&jobs, &self.paused)) {
                changes.push(Change::put(&self.profile, JOBS, jobs));
            }
        } else {
            if !now.files(&self.profile)?.is_empty() {
                return Err(Halt::Stop(format!("the name {} was taken meanwhile", self.profile)));
            }
            let taken = |error: profile_store::OwnersError| Halt::Stop(error.to_string());
            owners.claim(&self.profile, &self.owner, "payment", self.at).map_err(taken)?;
            changes.push(Change::owners(&owners));
            changes.extend(self.files.iter().map(|(path, bytes)| Change::put(&self.profile, path, bytes.clone())));
        }
        let mut lock = match now.file(&self.profile, LOCK)? {
            // One that cannot be read is written anew: nothing hangs on it but a comparison.
            Some(bytes) => SecretsLock::parse(&bytes).unwrap_or_default(),
            None => SecretsLock::default(),
        };
        for (name, source, fingerprint) in &self.secrets {
            lock.note(name, source, fingerprint.clone(), self.at.fixed_offset());
        }
        changes.push(Change::put(&self.profile, LOCK, lock.to_bytes()));
        Ok(changes)
    }
}

/// A file of jobs with these switched on again; `None` where none of them is off, or nobody can read it.
fn switched_on(jobs: &[u8], ids: &[String]) -> Option<Vec<u8>> {
    let mut was_off = false;
    let on = super::take_back::with_jobs(jobs, |id, job| {
        if ids.iter().any(|paused| paused == id) && job.get("enabled") == Some(&Node::bool(false)) {
            was_off = true;
            job.set("enabled", Node::bool(true));
        }
    });
    on.ok().filter(|_| was_off)
}

/// The same bytes where `json` reads them: what is in git has one form.
pub(super) fn emit(node: &Node) -> Vec<u8> {
    json::emit(node).into_bytes()
}
