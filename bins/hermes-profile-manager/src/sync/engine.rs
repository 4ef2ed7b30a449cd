//! Carrying plans out.

mod files;
mod look;
mod round;
mod told;

use std::time::Duration;

use profile_store::ProfileName;

use self::round::Again;
use super::{Choices, Remote, Report};
use crate::{
    failure::Failure,
    home::Home,
    state::{Locked, State},
};

/// What is done of fetching, committing and writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Commit what was changed here; merge nothing.
    Push,
    /// Merge into the files here; commit nothing.
    Pull,
    /// Both.
    Sync,
}

/// One profile's synchronisation.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    /// Which.
    pub(crate) profile: ProfileName,
    /// What.
    pub(crate) mode: Mode,
    /// What a person decided.
    pub(crate) choices: Choices,
    /// Whether this machine shall run the profile's jobs; `None` as before.
    pub(crate) serve: Option<bool>,
    /// Whether what the agent remembers of its user shall be replicated; `None` as before.
    pub(crate) memories: Option<bool>,
    /// Why; `None` for a list of files.
    pub(crate) message: Option<String>,
    /// Whether the profile was asked for by its name: then one that is no longer here is brought back.
    pub(crate) named: bool,
}

/// Works on profiles, one after the other.
#[derive(Debug)]
pub(crate) struct Engine<'a, R> {
    /// The registry.
    pub(crate) remote: &'a R,
    /// Hermes's folder.
    pub(crate) home: &'a Home,
    /// What is remembered.
    pub(crate) state: &'a State,
    /// The right to write; without it nothing is carried out.
    pub(crate) locked: Option<&'a Locked>,
    /// What this machine is called in the registry, where it is registered.
    pub(crate) host: Option<&'a str>,
    /// When.
    pub(crate) now: chrono::DateTime<chrono::Utc>,
}

/// How often somebody else may be first before this gives up: each time, somebody got on.
const TRIES: u32 = 40;
/// How often an answer to a commit may be lost, or a file be changed under our hands.
const MISHAPS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(15);

impl<R: Remote> Engine<'_, R> {
    /// Does one task, as often as others are first.
    ///
    /// # Errors
    /// [`Failure`]; with a conflict nothing was changed.
    pub(crate) async fn run(&self, task: &Task) -> Result<Report, Failure> {
        let (mut tries, mut mishaps) = (0, 0);
        loop {
            let Some(round) = self.look(task).await? else {
                let what = "it is no longer here: name it to bring it back";
                return Ok(Report::remark(&task.profile, what));
            };
            match self.round(task, &round).await? {
                Ok(report) => return Ok(report),
                Err(Again::Moved) => {
                    tries += 1;
                    if tries >= TRIES {
                        let what = format!("{}: others commit faster than this can merge; try again", task.profile);
                        return Err(Failure::Moved(what));
                    }
                    tokio::time::sleep(PAUSE * tries.min(10)).await;
                }
                Err(Again::Lost(what)) => {
                    mishaps += 1;
                    if mishaps >= MISHAPS {
                        return Err(Failure::Unreachable(what));
                    }
                    tokio::time::sleep(PAUSE * 10 * mishaps).await;
                }
                Err(Again::Changed(path)) => {
                    mishaps += 1;
                    if mishaps >= MISHAPS {
                        let what = format!("{}: {path} is changed again and again while it is merged", task.profile);
                        return Err(Failure::failed(what));
                    }
                }
            }
        }
    }
}
