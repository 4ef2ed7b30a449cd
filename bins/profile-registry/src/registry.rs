//! What every route and task shares.

use std::{fs, path::PathBuf, sync::Arc};

use anyhow::Context as _;
use daemon_kit::{clock::Clock, config::RegistryConfig, crash_point::CrashPoint, limiter::Limiter};
use profile_store::{Owners, Store, StoreError};
use tokio::sync::Mutex;

use crate::{
    Books, Operations, Vault,
    auth::{Actor, Credentials},
    configured,
    git::{GitDoors, Turns, open_store},
    provisioning::Provisioner,
    telegram, wechat,
};

/// The registry. One per process; requests hold it by `Arc`.
pub(crate) struct Registry {
    /// `[profile-registry]`.
    pub(crate) config: RegistryConfig,
    /// What git must not keep.
    pub(crate) books: Books,
    /// The profiles. Its calls block: see [`Registry::git`].
    pub(crate) store: Store,
    /// Whoever changes them waits for whoever else does, and holds a thread meanwhile.
    changing: Turns,
    /// Stock git's way to them.
    pub(crate) doors: GitDoors,
    /// What waits for somebody's proof.
    pub(crate) operations: Operations,
    /// Operations are carried out one after the other, by whoever holds this.
    pub(crate) carrying_out: Mutex<()>,
    /// Takes payments, and makes profiles of them.
    pub(crate) provisioner: Provisioner,
    /// Who may speak for whom.
    pub(crate) credentials: Credentials,
    /// Bounds what callers without a token may ask.
    pub(crate) limiter: Limiter,
    /// Checks Telegram's proofs; `None` where no bot is configured.
    pub(crate) telegram: Option<telegram::Verifier>,
    /// Checks WeChat Pay's notifications; `None` where no merchant is configured.
    pub(crate) wechat: Option<wechat::Verifier>,
    /// Now.
    pub(crate) clock: Clock,
    /// Where to die, in fault tests.
    pub(crate) crash_at: Option<CrashPoint>,
}

impl Registry {
    /// Opens everything below the configured folder, and makes what is not there yet.
    ///
    /// # Errors
    /// When something is not what it should be; the error names the key or the file.
    pub(crate) async fn open(
        config: RegistryConfig,
        clock: Clock,
        program: PathBuf,
        crash_at: Option<CrashPoint>,
    ) -> anyhow::Result<Arc<Self>> {
        let wechat = config.wechat.as_ref().map(configured::wechat_verifier).transpose()?;
        let telegram = config.telegram.as_ref().map(|bot| telegram::Verifier::new(bot.bot_token.expose()));
        let (folder, recovery) = (config.state.clone(), config.recovery_recipient.clone());
        let git_clock = clock.clone();
        let open = move || {
            fs::create_dir_all(&folder)
                .with_context(|| format!("make {}, as profile-registry.state says", folder.display()))?;
            let books = Books::open(&folder).context("open the books")?;
            let vault = Vault::open(&folder, recovery.as_deref()).context("open the vault")?;
            let store = open_store(&folder).context("open the repository")?;
            let doors = GitDoors::open(store.clone(), books.clone(), git_clock, &program)?;
            anyhow::Ok((books, vault, store, doors))
        };
        let (books, vault, store, doors) = tokio::task::spawn_blocking(open).await??;
        let vault = Arc::new(vault);
        let (parts_clock, parts_crash) = (clock.clone(), crash_at.clone());
        let provisioner =
            configured::provisioner(&config, books.clone(), store.clone(), vault, parts_clock, parts_crash)?;
        if config.admin_token.is_none() {
            tracing::warn!("profile-registry.admin_token is not configured: nobody can operate the registry");
        }
        Ok(Arc::new(Self {
            operations: Operations::new(books.clone()),
            credentials: Credentials::new(books.clone(), config.admin_token.as_ref()),
            limiter: Limiter::new(config.anonymous_per_minute),
            carrying_out: Mutex::new(()),
            changing: Turns::default(),
            provisioner,
            config,
            books,
            store,
            doors,
            telegram,
            wechat,
            clock,
            crash_at,
        }))
    }

    /// Works with the repository on a thread of its own.
    ///
    /// # Errors
    /// What `work` returns.
    pub(crate) async fn git<T, E>(&self, work: impl FnOnce(&Store) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let store = self.store.clone();
        tokio::task::spawn_blocking(move || work(&store)).await.unwrap_or_else(|_| {
            let source = std::io::Error::other("the task died");
            Err(StoreError::Io { what: "work with the repository".to_owned(), source }.into())
        })
    }

    /// As [`Self::git`], for what changes something: in turn, so that those who wait leave threads to others.
    ///
    /// # Errors
    /// What `work` returns; [`StoreError::Busy`] where the actor's turn does not come in time.
    pub(crate) async fn change<T, E>(
        &self,
        actor: &Actor,
        work: impl FnOnce(&Store) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let turn = self.changing.take(actor).await;
        let turn = turn.ok_or_else(|| StoreError::Busy(self.store.git_dir()))?;
        // Held until the work has ended, whether anybody still waits for it or not.
        self.git(move |store| {
            let _turn = turn;
            work(store)
        })
        .await
    }

    /// Whose the profiles are, as main has it now.
    ///
    /// # Errors
    /// [`StoreError::Owners`] where `OWNERS` cannot be believed: then nobody may do anything.
    pub(crate) async fn owners(&self) -> Result<Owners, StoreError> {
        self.git(|store| store.head()?.owners()).await
    }

    /// Dies here, where a fault test says so.
    pub(crate) fn crash_point(&self, step: &str) {
        if let Some(point) = &self.crash_at {
            point.reached(step);
        }
    }
}
