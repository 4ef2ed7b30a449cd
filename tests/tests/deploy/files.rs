//! The checkout's files.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The five daemons.
pub(crate) const DAEMONS: [&str; 5] =
    ["ingest-worker", "quality-worker", "warehouse-api", "gateway-proxy", "profile-registry"];

/// The root of the checkout.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A file's text, by its path from the root.
pub(crate) fn text(path: &str) -> String {
    let place = root().join(path);
    fs::read_to_string(&place).unwrap_or_else(|error| panic!("{}: {error}", place.display()))
}

/// The version of the workspace.
pub(crate) fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
