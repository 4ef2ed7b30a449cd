//! The moments at which a test may kill a backup or a restore (`TWILIGHT_CRASH_AT`).

use daemon_kit::{config::Environment, crash_point::CrashPoint};

/// A piece was stored.
pub(crate) const PIECE: &str = "BackupPiece";
/// Everything is stored but the snapshot.
pub(crate) const BEFORE_SNAPSHOT: &str = "BackupBeforeSnapshot";
/// A file was written where a part is being made.
pub(crate) const STAGING: &str = "RestoreStaging";
/// Every part is made and proved, none is in its place.
pub(crate) const STAGED: &str = "RestoreStaged";
/// A part is in its place.
pub(crate) const PLACED: &str = "RestorePlaced";

/// Where to die, if anywhere.
#[derive(Clone, Debug, Default)]
pub(crate) struct Moments(Option<CrashPoint>);

impl Moments {
    pub(crate) fn of_environment() -> Self {
        Self(Environment::real().get("TWILIGHT_CRASH_AT").map(CrashPoint::named))
    }

    pub(crate) fn reached(&self, moment: &str) {
        if let Some(point) = &self.0 {
            point.reached(moment);
        }
    }
}
