//! An installation that one version of the programs writes and another goes on with: warehouse, books of the gateway,
//! registry, a host.
//!
//! [`write()`] lets the programs of a folder fill another folder and notes in `written.json` what is in there; [`goes_on`]
//! starts programs on such a folder, compares, and lets them do the next day's work. `scripts/upgrade-check.sh` puts the
//! two together for any commit; `tests/data/upgrade/` holds a folder that an earlier commit wrote.

mod books;
mod data;
mod registry;
mod site;

pub use site::{Programs, Site};

use std::path::Path;

use serde_json::json;

/// Lets `programs` fill the folder `into`; `commit` is where they come from.
///
/// # Panics
/// If one of them does not do its work.
pub async fn write(programs: &Programs, into: &Path, commit: &str) {
    let site = Site::open(programs, into).await;
    let warehouse = data::write(&site).await;
    let (gateway, books) = books::write(&site).await;
    let registry = registry::write(&site, &gateway).await;
    gateway.daemon.stop().await;
    site.note(&json!({ "commit": commit, "warehouse": warehouse, "gateway": books, "registry": registry }));
}

/// Lets `programs` go on with what is in `folder`.
///
/// # Panics
/// If anything is not as it was written, or does not go on.
pub async fn goes_on(programs: &Programs, folder: &Path) {
    let site = Site::open(programs, folder).await;
    let written = site.written();
    data::goes_on(&site, &written["warehouse"]).await;
    let gateway = books::goes_on(&site, &written["gateway"]).await;
    registry::goes_on(&site, &gateway, &written["registry"]).await;
    gateway.daemon.stop().await;
}
