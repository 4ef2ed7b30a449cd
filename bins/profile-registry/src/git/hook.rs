//! What git asks before it accepts a push. It runs as a process of its own, below a run of git.
//!
//! `pre-receive` judges, while what was pushed lies in quarantine, and leaves its yes on the ticket. `proc-receive` comes
//! right before git moves a reference, and lets it do so only with that very yes. git passes over a `pre-receive` that is
//! not there; it does not pass over the other one.

use std::{
    fmt,
    io::{Read, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Args, ValueEnum};
use profile_store::{Push, Refusal, StoreError};

use super::{
    errand::{self, Errand},
    repository::Repository,
    state_folder::open_store,
    ticket::{Verdict, wait_until_let_go},
};
use crate::Actor;

mod packets;

/// What a hook says that nobody has told anything.
pub(super) const NOT_TOLD: &str = "this runs only below profile-registry";

const MAIN: &str = "refs/heads/main";
/// Refusals that a client is shown.
const SHOWN_MAX: usize = 20;
/// More than a push of one reference takes.
const INPUT_MAX: u64 = 1 << 20;

/// Which of git's hooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Hook {
    /// Before anything is stored.
    PreReceive,
    /// Before main moves.
    ProcReceive,
}

impl fmt::Display for Hook {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::PreReceive => "pre-receive",
            Self::ProcReceive => "proc-receive",
        })
    }
}

/// What the process that runs git tells its hooks, and what git does. Never a client's words.
#[derive(Args, Debug)]
pub struct Told {
    #[arg(long, env = errand::STATE, hide = true)]
    push_state: Option<PathBuf>,
    #[arg(long, env = errand::ACTOR, hide = true)]
    push_actor: Option<String>,
    #[arg(long, env = errand::DOOR, hide = true)]
    push_door: Option<String>,
    #[arg(long, env = errand::TICKET, hide = true)]
    push_ticket: Option<PathBuf>,
    #[arg(long, env = "GIT_QUARANTINE_PATH", hide = true)]
    quarantine: Option<PathBuf>,
}

/// Why a push gets no yes.
enum No {
    /// The policy's reasons, and the rules for the log.
    Refused(Vec<String>, String),
    /// Nothing can be said; what the client is told, and what the log is.
    Failed(&'static str, String),
}

/// Runs a hook: `input` and `output` are git's, on `errors` the client is told why.
pub fn run_hook(hook: Hook, told: &Told, input: impl Read, output: impl Write, mut errors: impl Write) -> ExitCode {
    let Some(errand) = told.errand() else {
        let _ = writeln!(errors, "refused: {NOT_TOLD}");
        return ExitCode::FAILURE;
    };
    match hook {
        Hook::ProcReceive => match packets::answer(&errand.ticket, input, output) {
            Ok(()) => ExitCode::SUCCESS,
            Err(problem) => {
                let _ = writeln!(errors, "refused: {problem}");
                ExitCode::FAILURE
            }
        },
        Hook::PreReceive => {
            let ticket = errand.ticket.clone();
            std::thread::spawn(move || {
                wait_until_let_go(&ticket);
                let _ = Verdict::Failed("nobody waits for it any more".to_owned()).write(&ticket);
                // git hears a no, throws away what it has in quarantine, and ends.
                std::process::exit(1);
            });
            let judged = judge(&errand, told.quarantine.as_ref(), input);
            let (verdict, lines) = match judged {
                Ok(what) => (Verdict::Yes(what), Vec::new()),
                Err(No::Refused(lines, rules)) => (Verdict::No(rules), lines),
                Err(No::Failed(told, why)) => (Verdict::Failed(why), vec![format!("refused: {told}")]),
            };
            for line in lines {
                let _ = writeln!(errors, "{line}");
            }
            // Without a yes on the ticket the other hook says no, whatever this one returns.
            match (verdict.write(&errand.ticket), verdict) {
                (Ok(()), Verdict::Yes(_)) => ExitCode::SUCCESS,
                _ => ExitCode::FAILURE,
            }
        }
    }
}

impl Told {
    fn errand(&self) -> Option<Errand> {
        let actor = errand::actor_of(self.push_actor.as_deref()?)?;
        let door = [Repository::Registry, Repository::Mine]
            .into_iter()
            .find(|door| Some(door.name()) == self.push_door.as_deref())?;
        let (state, ticket) = (self.push_state.clone()?, self.push_ticket.clone()?);
        door.check(&actor).ok()?;
        Some(Errand { state, actor, door, ticket })
    }
}

/// Says yes to `<old> <new> <reference>`.
fn judge(errand: &Errand, quarantine: Option<&PathBuf>, input: impl Read) -> Result<String, No> {
    let mut text = String::new();
    let read = input.take(INPUT_MAX).read_to_string(&mut text);
    read.map_err(|error| No::Failed("the push cannot be read", format!("read what is pushed: {error}")))?;
    let lines: Vec<&str> = text.lines().collect();
    let references = || lines.iter().filter_map(|line| line.splitn(3, ' ').nth(2));
    if let Some(other) = references().find(|reference| *reference != MAIN) {
        let line =
            format!("refused: {}: cannot be pushed: there is only {MAIN} [other-reference]", other.escape_debug());
        return Err(No::Refused(vec![line], "other-reference".to_owned()));
    }
    let [line] = lines[..] else {
        let line = format!("refused: {MAIN}: push it once at a time [other-reference]");
        return Err(No::Refused(vec![line], "other-reference".to_owned()));
    };
    let bad = || No::Failed("the push cannot be read", format!("git says {line:?}"));
    let [old, new, reference] = line.split(' ').collect::<Vec<_>>()[..] else { return Err(bad()) };
    let (old, new) = (old.parse().map_err(|_| bad())?, new.parse().map_err(|_| bad())?);
    // What a deletion brings has no folder; it is refused in any case.
    let quarantine = quarantine.map(PathBuf::as_path);
    let push = Push { reference, old, new, quarantine };
    let store = open_store(&errand.state).map_err(no)?;
    match (errand.door, &errand.actor) {
        (Repository::Mine, Actor::Owner(owner)) => store.accept(owner, &push).map(drop).map_err(no)?,
        (Repository::Mine, _) => return Err(No::Failed(NOT_TOLD, "nobody's view was pushed to".to_owned())),
        (Repository::Registry, actor) => store.judge_push(&push, &actor.policy()).map_err(no)?,
    }
    Ok(line.to_owned())
}

fn no(error: StoreError) -> No {
    match error {
        StoreError::Refused(refusals) => {
            let mut lines: Vec<String> = refusals.0.iter().take(SHOWN_MAX).map(line).collect();
            let more = refusals.0.len().saturating_sub(SHOWN_MAX);
            if more > 0 {
                lines.push(format!("refused: … and {more} more"));
            }
            let mut rules: Vec<&str> = refusals.0.iter().map(|refusal| refusal.rule.as_str()).collect();
            rules.sort_unstable();
            rules.dedup();
            No::Refused(lines, rules.join(" "))
        }
        StoreError::Owners(_) => {
            No::Failed("OWNERS cannot be believed: nothing is accepted until an operator repairs it", error.to_string())
        }
        StoreError::Busy(_) => No::Failed("the registry is busy: push again in a moment", error.to_string()),
        error => No::Failed("the registry cannot judge the push; its log has the reason", chain(&error)),
    }
}

/// `refused: <path>: <why> [<rule>] in <commit>`
fn line(refusal: &Refusal) -> String {
    let path = if refusal.path.is_empty() { "the push" } else { &refusal.path };
    let commit = refusal.commit.map(|commit| format!(" in commit {:.8}", commit.to_string())).unwrap_or_default();
    format!("refused: {path}: {} [{}]{commit}", refusal.text, refusal.rule.as_str())
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
