//! One round: a plan from what was looked at, carried out in an order in which it can be killed anywhere.

use profile_store::template::Host;

use super::{
    Engine, Mode, Task,
    look::Round,
    told::{failure, message, pushed_nothing_or_moved, refuse_secrets, report, switched_off},
};
use crate::{
    client::{ClientError, Landed},
    failure::Failure,
    state::Base,
    sync::{Given, Remote, Report, plan},
};

/// Why a round has to be begun again.
pub(super) enum Again {
    /// The registry moved on between question and commit.
    Moved,
    /// The answer to the commit was lost; it may have landed.
    Lost(String),
    /// Something wrote a file here while we did.
    Changed(String),
}

impl<R: Remote> Engine<'_, R> {
    /// Carries one out; why it has to be begun again, where it has.
    pub(super) async fn round(&self, task: &Task, round: &Round) -> Result<Result<Report, Again>, Failure> {
        let profile = &task.profile;
        let text = self.home.profile_text(profile)?;
        let host = |serving| Host { profile_dir: &text, serving };
        let was = round.base.as_ref().map_or(round.serving, |(base, _)| base.serving);
        let unfinished = self.state.unfinished(profile)?;
        let given = Given {
            base: round.base.as_ref().map(|(_, tree)| tree),
            local: &round.local,
            theirs: &round.theirs,
            was: host(was),
            now: host(round.serving),
            memories: round.memories,
            choices: &task.choices,
            unfinished: &unfinished,
        };
        if task.mode == Mode::Push && round.has_moved() {
            return pushed_nothing_or_moved(task, round, &given).map(Ok);
        }
        let plan = plan(&given).map_err(|obstacle| failure(profile, obstacle))?;
        let mut report = report(task, &plan, self.locked.is_none());
        if task.mode != Mode::Pull {
            refuse_secrets(profile, &plan.changes)?;
        }
        if !round.serving && (was || round.base.is_none()) {
            report.remarks.extend(switched_off(&plan));
        }
        let Some(locked) = self.locked else { return Ok(Ok(report)) };

        if !plan.lost.is_empty() {
            locked.keep_lost(profile, self.now, &plan.lost)?;
            report.lost_folder = Some(self.state.lost_path(profile, self.now));
        }
        if plan.decisions != unfinished && !plan.decisions.is_empty() {
            locked.put_unfinished(profile, &plan.decisions)?;
        }
        let (mut content_id, mut commit) = (round.content_id.clone(), round.commit.clone());
        if task.mode != Mode::Pull && !plan.changes.is_empty() {
            let message = task.message.clone().unwrap_or_else(|| message(&plan.changes));
            locked.disk().step();
            match self.remote.commit(profile, content_id.as_deref(), &message, &plan.changes).await {
                Ok(Landed::Committed { commit: new, content_id: id }) => (content_id, commit) = (id, new),
                Ok(Landed::Moved) => return Ok(Err(Again::Moved)),
                Err(ClientError::Unreachable(what)) => return Ok(Err(Again::Lost(what))),
                Err(error) => return Err(error.into()),
            }
            report.commit = Some(commit.clone());
        }
        let after = if task.mode == Mode::Pull { &plan.theirs } else { &plan.merged };
        let head = Base {
            registry: self.remote.address().to_owned(),
            content_id,
            commit,
            serving: if task.mode == Mode::Push { was } else { round.serving },
            memories: round.memories,
            whole: round
                .theirs
                .keys()
                .all(|path| plan.theirs.contains_key(path) || round.local.blocked(path).is_some()),
        };
        if task.mode != Mode::Push {
            // Jobs that are switched off here are nobody's edit: that has to be known before they are.
            if let Some((base, tree)) = round.base.as_ref().filter(|(base, _)| base.serving && !round.serving) {
                locked.put_base(profile, &Base { serving: false, ..base.clone() }, tree)?;
            }
            if let Some(path) = self.write(locked, profile, round.folder.as_ref(), &plan.writes)? {
                return Ok(Err(Again::Changed(path)));
            }
        }
        if round.folder.is_none() && plan.writes.is_empty() {
            // There is nothing of it here, and nothing to be a base.
            report.remarks.push("the registry has no files of it yet, and there is no folder here".to_owned());
            locked.finish(profile)?;
            return Ok(Ok(report));
        }
        let unknown = !round.is_stored || round.base.as_ref().is_none_or(|(base, tree)| *base != head || tree != after);
        if unknown {
            let blocked = round.theirs.iter().filter(|(path, _)| round.local.blocked(path).is_some());
            let mut tree = after.clone();
            tree.extend(blocked.map(|(path, file)| (path.clone(), file.clone())));
            locked.put_base(profile, &head, &tree)?;
        }
        locked.finish(profile)?;
        Ok(Ok(report))
    }
}
