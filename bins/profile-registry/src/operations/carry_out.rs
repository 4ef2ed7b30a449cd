//! Git's part of an operation.
//!
//! First the commit, then the books. Killed in between, the next process finds the operation proved and does it once more,
//! which changes nothing: a claim finds its line, a transfer its new owner.

use std::{sync::Arc, time::Duration};

use profile_store::{Author, Change, OwnerId, Owners, OwnersError, ProfileName, Snapshot, StoreError, UpdateError};
use tokio_util::sync::CancellationToken;

use super::{
    begin::refuse_provisioned,
    operation::{Kind, Operation, OperationId, OperationRefused},
};
use crate::{BooksError, registry::Registry};

/// The crash point between git and the books.
pub const OPERATION_IN_GIT: &str = "RegistryOperationInGit";

/// How often is looked for operations that were proved and not carried out, because the disk was full or `OWNERS` broken.
const SWEEP_EVERY: Duration = Duration::from_secs(30);
/// How long operations that ended stay to be asked about.
const KEEP: chrono::TimeDelta = chrono::TimeDelta::hours(24);

/// Why an operation was not carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotCarriedOut {
    /// It cannot be, and will not be tried again; whoever asked is told so.
    #[error("{0}")]
    Declined(String),
    /// Git failed; it is tried again.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The books failed; it is tried again.
    #[error(transparent)]
    Operation(#[from] OperationRefused),
}

impl From<BooksError> for NotCarriedOut {
    fn from(error: BooksError) -> Self {
        Self::Operation(error.into())
    }
}

/// Carries out one operation that was proved, and says what became of it. Of two at the same time the second one finds it
/// done.
///
/// # Errors
/// [`NotCarriedOut::Store`], [`NotCarriedOut::Operation`]; it stays proved and is tried again.
pub(crate) async fn carry_out(registry: &Arc<Registry>, id: &OperationId) -> Result<Operation, NotCarriedOut> {
    // To the end, even where whoever asked has gone meanwhile.
    let (registry, id) = (registry.clone(), id.clone());
    let carried = tokio::spawn(async move {
        let _turn = registry.carrying_out.lock().await;
        let operation = registry.operations.get(&id).await?;
        if !operation.is_proved() {
            return Ok(operation);
        }
        let outcome = match write(&registry, &operation).await {
            Ok(()) => Ok(()),
            Err(NotCarriedOut::Declined(reason)) => Err(reason),
            Err(error) => return Err(error),
        };
        registry.crash_point(OPERATION_IN_GIT);
        let result = if outcome.is_ok() { "done" } else { "refused" };
        metrics::counter!("registry_operations_total", "kind" => operation.kind.name(), "result" => result)
            .increment(1);
        let (kind, profile) = (operation.kind.name(), operation.profile.as_deref().unwrap_or_default());
        tracing::info!(operation.kind = kind, operation.result = result, profile, "{kind} of {profile:?}: {result}");
        registry.operations.end(&id, outcome, registry.clock.now()).await?;
        Ok(registry.operations.get(&id).await?)
    });
    carried.await.unwrap_or_else(|_| Err(BooksError::BrokenOff.into()))
}

/// Carries out everything that was proved; what fails is left for the next time.
pub(crate) async fn sweep(registry: &Arc<Registry>) {
    let proved = match registry.operations.proved().await {
        Ok(proved) => proved,
        Err(error) => return tracing::error!("read what was proved: {error}"),
    };
    metrics::gauge!("registry_operations_proved").set(u32::try_from(proved.len()).unwrap_or(u32::MAX));
    for operation in proved {
        if let Err(error) = carry_out(registry, &operation.id).await {
            let (kind, profile) = (operation.kind.name(), operation.profile.as_deref().unwrap_or_default());
            tracing::error!("{kind} of {profile:?} was proved and is not carried out yet: {error}");
        }
    }
}

/// Sweeps, and forgets what ended long ago, until `shutdown`.
pub(crate) async fn keep(registry: Arc<Registry>, shutdown: CancellationToken) {
    let mut ticks = tokio::time::interval(SWEEP_EVERY);
    while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
        sweep(&registry).await;
        if let Err(error) = registry.operations.forget(registry.clock.now() - KEEP).await {
            tracing::error!("forget old operations: {error}");
        }
    }
}

/// What has to stand in `OWNERS`, there.
async fn write(registry: &Registry, operation: &Operation) -> Result<(), NotCarriedOut> {
    let missing = |what: &str| NotCarriedOut::Declined(format!("the operation has no {what}"));
    let to = operation.to.as_deref().and_then(|to| OwnerId::parse(to).ok()).ok_or_else(|| missing("owner"))?;
    let profile = operation.profile.as_deref().and_then(|name| ProfileName::parse(name).ok());
    let (now, at_most) = (registry.clock.now(), registry.config.max_profiles_per_owner);
    let change = match operation.kind {
        Kind::Login => {
            // Nothing to write; who owns nothing has nothing to log in for.
            let owners = registry.owners().await?;
            return if owners.profiles_of(&to).next().is_some() {
                Ok(())
            } else {
                Err(NotCarriedOut::Declined(format!("{to} owns no profile: claim one first")))
            };
        }
        Kind::Claim => Handover { profile: profile.ok_or_else(|| missing("profile"))?, from: None, to, at_most, now },
        Kind::Transfer => {
            let from = operation.from.as_deref().and_then(|from| OwnerId::parse(from).ok());
            let from = Some(from.ok_or_else(|| missing("owner to transfer from"))?);
            Handover { profile: profile.ok_or_else(|| missing("profile"))?, from, to, at_most, now }
        }
    };
    let books = registry.books.clone();
    let (id, kind, at) = (operation.id.clone(), operation.kind, now);
    registry
        .git(move |store| {
            let author = Author::new(change.to.as_str(), "registry@localhost", at);
            let message = change.message(kind, &id);
            let updated = store.update(&profile_store::Actor::Admin, &author, &message, |snapshot| {
                if kind == Kind::Claim {
                    // Once more, now that nobody else moves main: somebody may have paid for the name meanwhile.
                    let name = change.profile.as_str().to_owned();
                    books.read_now(|connection| refuse_provisioned(connection, &name)).map_err(declined)?;
                }
                change.decide(snapshot)
            });
            match updated {
                Ok(_) => Ok(()),
                Err(UpdateError::Declined(error)) => Err(error),
                Err(UpdateError::Store(error)) => Err(error.into()),
            }
        })
        .await
}

/// What the person did wrong ends the operation; what went wrong here does not.
fn declined(error: OperationRefused) -> NotCarriedOut {
    match error {
        OperationRefused::BeingProvisioned(_) => NotCarriedOut::Declined(error.to_string()),
        error => error.into(),
    }
}

/// A profile on its way to an owner; a claim's is from nobody.
struct Handover {
    profile: ProfileName,
    from: Option<OwnerId>,
    to: OwnerId,
    at_most: usize,
    now: chrono::DateTime<chrono::Utc>,
}

impl Handover {
    fn message(&self, kind: Kind, id: &OperationId) -> String {
        let (profile, to) = (&self.profile, &self.to);
        let subject = match (kind, &self.from) {
            (Kind::Transfer, Some(from)) => format!("Transfer {profile} from {from} to {to}"),
            _ => format!("Claim {profile} for {to}"),
        };
        format!("{subject}\n\nOperation: {id}\n")
    }

    fn decide(&self, snapshot: &Snapshot) -> Result<Vec<Change>, NotCarriedOut> {
        let mut owners = snapshot.owners()?;
        if owners.owner_of(&self.profile) == Some(&self.to) {
            return Ok(Vec::new());
        }
        self.hand_over(&mut owners).map_err(|error| NotCarriedOut::Declined(error.to_string()))?;
        if owners.profiles_of(&self.to).count() > self.at_most {
            let reason = format!("{} has {} profiles already, and may have no more", self.to, self.at_most);
            return Err(NotCarriedOut::Declined(reason));
        }
        Ok(vec![Change::owners(&owners)])
    }

    fn hand_over(&self, owners: &mut Owners) -> Result<(), OwnersError> {
        let verified_by = proof_of(&self.to);
        match &self.from {
            None => owners.claim(&self.profile, &self.to, verified_by, self.now).map(drop),
            Some(from) => owners.transfer(&self.profile, from, &self.to, verified_by, self.now),
        }
    }
}

/// How owners of this kind prove who they are.
fn proof_of(owner: &OwnerId) -> &'static str {
    match owner.as_str().split(':').next() {
        Some("tg") => "telegram",
        Some("wx") => "payment",
        _ => "admin",
    }
}
