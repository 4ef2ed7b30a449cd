//! Where the bench warehouse lies, and the configuration of the daemons that are measured on it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// Of the simulated vendor and of the API; they open nothing else.
pub(crate) const VENDOR_TOKEN: &str = "bench-vendor-token";
pub(crate) const API_TOKEN: &str = "bench-api-token-0001";

/// The folders of one bench warehouse.
#[derive(Clone)]
pub(crate) struct Place {
    root: PathBuf,
    /// Where findings are written.
    pub(crate) findings: PathBuf,
}

impl Place {
    /// `data/bench` and `target/figures` of this checkout.
    pub(crate) fn of_this_checkout() -> anyhow::Result<Self> {
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the package lies at the root")?;
        let place = Self { root: checkout.join("data/bench"), findings: checkout.join("target/figures") };
        for folder in [&place.root, &place.findings] {
            std::fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
        }
        Ok(place)
    }

    /// The generated warehouse. Never changed once it is whole.
    pub(crate) fn pristine(&self) -> PathBuf {
        self.root.join("pristine")
    }

    /// What [`Place::pristine`] was generated from; written last.
    pub(crate) fn origin(&self) -> PathBuf {
        self.root.join("pristine.json")
    }

    /// The warehouse that days are ingested into.
    pub(crate) fn run(&self) -> PathBuf {
        self.root.join("run")
    }

    /// What a replica has of it.
    pub(crate) fn replica(&self) -> PathBuf {
        self.root.join("replica")
    }

    /// A warehouse that begins empty and does not outlive its step.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.root.join("scratch")
    }

    /// What lives under the limits; does not outlive its step.
    pub(crate) fn limits(&self) -> PathBuf {
        self.root.join("limits")
    }

    /// The checkout.
    ///
    /// # Errors
    /// Never in a checkout.
    pub(crate) fn checkout(&self) -> anyhow::Result<PathBuf> {
        Ok(self.root.ancestors().nth(2).context("data/bench lies in the checkout")?.to_owned())
    }

    /// The published folder to serve: with ingested days if there are any.
    pub(crate) fn served(&self) -> PathBuf {
        let run = self.run().join("published");
        if run.join("CURRENT").exists() { run } else { self.pristine().join("published") }
    }

    /// Where the daemons' logs and configuration go.
    pub(crate) fn logs(&self) -> anyhow::Result<PathBuf> {
        let logs = self.findings.join("logs");
        std::fs::create_dir_all(&logs).with_context(|| format!("create {}", logs.display()))?;
        Ok(logs)
    }

    /// The folder for the peers' virtual environment.
    pub(crate) fn peers(&self) -> PathBuf {
        self.findings.with_file_name("peers")
    }

    /// Puts a fresh copy of the pristine warehouse to [`Place::run`].
    ///
    /// # Errors
    /// As [`Place::fresh`].
    pub(crate) fn fresh_run(&self) -> anyhow::Result<()> {
        self.fresh(&self.run())
    }

    /// Makes `folder` a copy of the pristine warehouse. What never changes is linked, not copied.
    ///
    /// # Errors
    /// When a file cannot be copied.
    pub(crate) fn fresh(&self, folder: &Path) -> anyhow::Result<()> {
        empty(folder)?;
        copy_tree(&self.pristine(), folder)
    }
}

/// Makes `folder` an empty folder.
///
/// # Errors
/// When the system refuses.
pub(crate) fn empty(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).with_context(|| format!("remove {}", folder.display()))?;
    }
    std::fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))
}

/// Copies a warehouse. Bases and published generations are immutable, so links do.
fn copy_tree(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).with_context(|| format!("read {}", from.display()))? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy_tree(&source, &target)?;
            continue;
        }
        let name = entry.file_name();
        let immutable = ["base-", "gen-", "raw-"].iter().any(|prefix| name.to_string_lossy().starts_with(prefix))
            || from.ends_with("published") && name.to_string_lossy().starts_with("tail-");
        let copied =
            if immutable { std::fs::hard_link(&source, &target) } else { std::fs::copy(&source, &target).map(drop) };
        copied.with_context(|| format!("copy {}", source.display()))?;
    }
    Ok(())
}

/// The daemons' configuration with Tushare alone.
pub(crate) fn configuration(root: &Path, published: &Path, redis: &str, vendor: &str) -> String {
    let tushare = format!(
        r#"[ingest-worker.tushare]
base_url = "{vendor}"
token = "{VENDOR_TOKEN}"
calls_per_minute = {{ default = 100000 }}
"#
    );
    configuration_with(root, published, redis, &tushare)
}

/// The daemons' configuration: everything at its default except what a private machine room needs. `vendors` are the
/// sections of the sources.
pub(crate) fn configuration_with(root: &Path, published: &Path, redis: &str, vendors: &str) -> String {
    let (root, published) = (root.display(), published.display());
    format!(
        r#"# written by the figures bench
[warehouse]
root = "{root}"
keep_generations = 30

[queue]
redis_url = "{redis}"

[telemetry]
format = "json"

[ingest-worker]
listen = "127.0.0.1:0"
# Nothing is missing but what a step asks for.
keep_from = "2100-01-01"

[ingest-worker.schedule]
daily_market = "off"
tdx_daily_market = "off"
global_market = "off"
macro_series = "off"
fundamentals = "off"
backfill = "off"
reference = "off"
expire_features = "off"
compact = "off"

{vendors}
[warehouse-api]
listen = "127.0.0.1:0"
published = "{published}"
poll_ms = 100
tokens = [{{ name = "bench", token = "{API_TOKEN}", scopes = ["read"] }}]
"#
    )
}
