//! The receiving side: what is missing, where it may be put, and whether what arrived may become current.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use daemon_kit::clock::Clock;
use tokio::time::Instant;
use warehouse::{
    Manifest, ReplicaFile, StatusFile,
    layout::{self, Layout},
    manifest::FileRef,
};

use super::{
    addresses,
    arrival::{Arrived, Outcome},
    error::NotWhole,
    files,
    lock::Lock,
    staging::Staging,
};

/// Held from the first question to the last rename.
pub(super) const LOCK: &str = "lock";
/// Held by whatever writes into the staging folder.
pub(super) const TRANSFER_LOCK: &str = "transfer.lock";

/// A replica's folders, locked.
pub(super) struct Receiver {
    published: PathBuf,
    folder: PathBuf,
    staging: Staging,
    keep_generations: u32,
    clock: Clock,
    lock: Lock,
    begun: Instant,
    offered: Option<Offered>,
}

/// The generation that is being received.
struct Offered {
    manifest: Manifest,
    /// What has to travel.
    wanted: Vec<FileRef>,
    is_current: bool,
}

impl Receiver {
    /// Locks the replica whose warehouse is `root`, in the name of `what`, for example `push from mac-mini`.
    ///
    /// # Errors
    /// When somebody else is changing it, or it is the warehouse of a writer.
    pub(super) fn open(root: &Path, keep_generations: u32, what: &str, clock: &Clock) -> anyhow::Result<Self> {
        let layout = Layout::new(root);
        anyhow::ensure!(
            !layout.tail().exists(),
            "{} is a writer's warehouse, not a replica: it has a tail of its own",
            root.display()
        );
        let (published, folder) = (layout.published(), layout.replica());
        for needed in [&published, &folder] {
            fs::create_dir_all(needed).with_context(|| format!("create {}", needed.display()))?;
        }
        let lock = Lock::take(&folder.join(LOCK), &addresses::holder(what, clock.now()))?;
        // A copy whose other side has died may still be ending.
        drop(Lock::take(&folder.join(TRANSFER_LOCK), "a receiver")?);
        let staging = Staging::new(folder.join("staging"))?;
        let receiver = Self {
            published,
            folder,
            staging,
            keep_generations,
            clock: clock.clone(),
            lock,
            begun: Instant::now(),
            offered: None,
        };
        receiver.take_back()?;
        Ok(receiver)
    }

    pub(super) fn lock(&self) -> &Lock {
        &self.lock
    }

    /// A folder for what is asked of the source first.
    pub(super) fn inbox(&self) -> anyhow::Result<PathBuf> {
        let inbox = self.folder.join("inbox");
        files::empty(&inbox)?;
        Ok(inbox)
    }

    /// Where the wanted files go.
    pub(super) fn staging(&self) -> &Path {
        self.staging.path()
    }

    /// Looks what of the offered generation is missing here, or damaged, and prepares the staging folder for it.
    ///
    /// # Errors
    /// When the manifest is no manifest, when it is older than what is here (unless `replace_newer`), or when there is no room.
    pub(super) fn prepare(&mut self, manifest: &str, replace_newer: bool) -> anyhow::Result<Vec<FileRef>> {
        let (name, manifest) = self.read_offered(manifest)?;
        let is_current = self.compare(&manifest, replace_newer)?;
        let (mut wanted, mut stay) = (Vec::new(), vec![name]);
        for file in manifest.files() {
            if file.check_content(&self.published).is_ok() {
                continue;
            }
            if file.check_content(self.staging.path()).is_ok() {
                // It had arrived when an earlier run was interrupted.
                stay.push(file.name.clone());
            } else {
                wanted.push(file.clone());
            }
        }
        files::ensure_room(&self.folder, self.staging.missing_bytes(&wanted))?;
        self.staging.seed(&self.published, &wanted, &stay)?;
        self.offered = Some(Offered { manifest, wanted: wanted.clone(), is_current });
        Ok(wanted)
    }

    /// Proves what arrived and makes it current.
    ///
    /// # Errors
    /// [`NotWhole`] names every damaged file: the old generation stays current, and the next run mends what is damaged.
    pub(super) fn finish(&mut self, arrived: &Arrived) -> anyhow::Result<Outcome> {
        let offered = self.offered.take().context("nothing was prepared")?;
        let Offered { manifest, wanted, is_current } = offered;
        anyhow::ensure!(manifest.generation == arrived.generation, "another generation was prepared");
        // Nothing may write there while it is read.
        let transfer = Lock::take(&self.folder.join(TRANSFER_LOCK), "a receiver")?;
        let is_staged = |file: &FileRef| self.staging.join(&file.name).exists();
        let has_news = !is_current || manifest.files().any(is_staged);
        let (bytes, rows) = if has_news {
            self.adopt(&manifest)?
        } else {
            // Every file was compared by `prepare`, and the content was proven when it came.
            (manifest.files().map(|file| file.size).sum(), 0)
        };
        drop(transfer);
        if let Some(status) = &arrived.status
            && let Err(error) = self.take_status(status)
        {
            // The data is here and proven; a note about it is no reason to call it otherwise.
            eprintln!("twilight: {error:#}");
        }
        let outcome = Outcome {
            generation: manifest.generation,
            logical_hash: manifest.logical_hash.clone(),
            is_new: !is_current,
            files: wanted.into_iter().map(|file| file.name).collect(),
            verified_bytes: bytes,
            verified_rows: rows,
            moved_bytes: arrived.moved_bytes,
            copied_ms: arrived.copied_ms,
            elapsed_ms: self.begun.elapsed().as_millis() as u64,
        };
        self.note(&outcome, &arrived.from)?;
        Ok(outcome)
    }

    fn read_offered(&self, text: &str) -> anyhow::Result<(String, Manifest)> {
        let value: serde_json::Value = serde_json::from_str(text).context("the source's manifest is damaged")?;
        let number = value["generation"].as_u64().context("the source's manifest names no generation")?;
        let name = layout::manifest_file(number);
        let path = self.staging.join(&name);
        fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
        let manifest = Manifest::read(&path).inspect_err(|_| drop(fs::remove_file(&path)));
        Ok((name, manifest.context("the source's manifest is refused")?))
    }

    /// Whether the offered generation is the current one.
    fn compare(&self, offered: &Manifest, replace_newer: bool) -> anyhow::Result<bool> {
        let generations = warehouse::list_generations(&self.published)?;
        // What is damaged here is no reason to refuse what heals it.
        let current = generations.into_iter().find(|generation| generation.is_current);
        let Some(current) = current.and_then(|generation| generation.manifest.ok()) else { return Ok(false) };
        if current == *offered {
            return Ok(true);
        }
        if current.generation >= offered.generation && !replace_newer {
            let (ours, theirs) = (current.generation, offered.generation);
            let what = if ours == theirs { "another generation" } else { "the newer generation" };
            anyhow::bail!(
                "the replica has {what} {ours}, the source offers {theirs}: if the source was restored and its numbers \
                 start again, say --replace-newer"
            );
        }
        Ok(false)
    }

    /// Puts the manifest and every file of it into one folder and has the warehouse prove and adopt that.
    fn adopt(&self, manifest: &Manifest) -> anyhow::Result<(u64, u64)> {
        let check = self.check_folder();
        files::empty(&check)?;
        let own_name = layout::manifest_file(manifest.generation);
        for name in manifest.files().map(|file| &file.name).chain([&own_name]) {
            let staged = self.staging.join(name);
            if staged.exists() {
                fs::rename(&staged, check.join(name)).with_context(|| format!("move {name}"))?;
            } else {
                let from = self.published.join(name);
                fs::hard_link(&from, check.join(name)).with_context(|| format!("link {}", from.display()))?;
            }
        }
        let report = warehouse::adopt(&self.published, &check, manifest.generation, self.keep_generations)?;
        self.take_back()?;
        if report.is_whole() { Ok((report.bytes, report.rows)) } else { Err(NotWhole(report.problems).into()) }
    }

    /// What a check left goes back to where rsync mends it; but nothing that is published does.
    fn take_back(&self) -> anyhow::Result<()> {
        let check = self.check_folder();
        for name in files::names(&check)? {
            if layout::manifest_number(&name).is_none()
                && !layout::is_same_file(&check.join(&name), &self.published.join(&name))
            {
                fs::rename(check.join(&name), self.staging.join(&name)).with_context(|| format!("move {name}"))?;
            }
        }
        files::empty(&check)
    }

    fn check_folder(&self) -> PathBuf {
        self.folder.join("check")
    }

    /// The source's status, unless what is here is as new.
    fn take_status(&self, text: &str) -> anyhow::Result<()> {
        let theirs: StatusFile = serde_json::from_str(text).context("the source's status.json is damaged")?;
        let ours = warehouse::read_status(&self.published).ok().flatten();
        if ours.is_some_and(|ours| ours.updated_at >= theirs.updated_at) {
            return Ok(());
        }
        // As it is: a newer program may have written fields that this one does not know.
        files::replace(&self.published.join(layout::STATUS_FILE), text.as_bytes())
    }

    fn note(&self, outcome: &Outcome, from: &str) -> anyhow::Result<()> {
        let now = Some(self.clock.now());
        let before = warehouse::read_replica(&self.published).ok().flatten().unwrap_or_default();
        let is_same = !outcome.is_new && before.generation == Some(outcome.generation);
        let replica = ReplicaFile {
            synced_at: now,
            verified_at: now,
            received_at: if is_same { before.received_at } else { now },
            generation: Some(outcome.generation),
            logical_hash: outcome.logical_hash.clone(),
            from: from.to_owned(),
            moved_bytes: outcome.moved_bytes,
            elapsed_ms: outcome.elapsed_ms,
            last_drill: before.last_drill,
        };
        Ok(warehouse::write_replica(&self.published, &replica)?)
    }
}
