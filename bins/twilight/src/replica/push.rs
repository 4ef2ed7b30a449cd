//! `push`: the primary sends.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use tokio::time::Instant;
use warehouse::manifest::FileRef;

use super::{
    Options, addresses,
    arrival::{Arrived, Outcome},
    error::NotWhole,
    lock::Lock,
    messages::{STAGING_ARGUMENT, Standing},
    place::Place,
    progress::Progress,
    receive,
    receiver::{LOCK, Receiver},
    rsync::{self, Line},
    session::Session,
    source,
};

/// Once more where what arrived is not whole: the damaged file is then compared block by block.
const ATTEMPTS: u32 = 2;

/// Brings the replica at `to` up to the newest generation of the warehouse `root`, and holds that generation meanwhile.
///
/// # Errors
/// When nothing is published, the other side cannot be reached or refuses, or what arrived is not whole. The replica's old
/// generation is current then; the next run goes on where this one was.
pub(crate) fn push(root: &Path, to: &Place, options: &Options<'_>) -> anyhow::Result<Outcome> {
    rsync::check(options)?;
    let from = format!("push from {}", addresses::this_host());
    let published = root.join(warehouse::layout::PUBLISHED_DIR);
    let send = || -> anyhow::Result<Outcome> {
        let mut target = Target::open(to, root, &from, options)?;
        let mut attempt = 1;
        loop {
            match once(&published, &mut target, &from, options) {
                Err(error) if error.is::<NotWhole>() && attempt < ATTEMPTS => {
                    eprintln!("twilight: {error:#}; sending once more");
                    attempt += 1;
                }
                outcome => return outcome,
            }
        }
    };
    send().with_context(|| format!("push to {to}"))
}

fn once(published: &Path, target: &mut Target, from: &str, options: &Options<'_>) -> anyhow::Result<Outcome> {
    let offer = source::offer_held(published)?;
    let wanted = target.prepare(&offer.manifest, options.replace_newer)?;
    let begun = Instant::now();
    let mut moved = rsync::Moved::default();
    if !wanted.is_empty() {
        let progress = Progress::over(wanted.iter().map(|file| file.size).sum(), options.progress);
        let sources: Vec<String> = wanted.iter().map(|file| local(&published.join(&file.name))).collect();
        let (place, line) = target.rsync_place();
        moved = rsync::copy(options, &sources, &place, line, target.lock(), &progress)?;
    }
    target.finish(Arrived {
        generation: offer.generation,
        status: offer.status.clone(),
        from: from.to_owned(),
        moved_bytes: moved.both(),
        copied_ms: begun.elapsed().as_millis() as u64,
    })
}

/// How the replica at `to` stands, as it says itself.
///
/// # Errors
/// When it cannot be asked.
pub(crate) fn ask_target(to: &Place, options: &Options<'_>) -> anyhow::Result<Standing> {
    match to {
        Place::Folder(root) => Ok(receive::standing(root, options.clock)),
        Place::Ssh { host, .. } => Session::open(host, options)?.status(),
        Place::Daemon(_) => bail!("an rsync daemon cannot say how a replica stands"),
    }
}

/// A path that rsync does not take for a host's.
fn local(path: &Path) -> String {
    let path = if path.is_absolute() { path.to_owned() } else { Path::new(".").join(path) };
    path.display().to_string()
}

/// The other side of a push.
enum Target {
    Here(Box<Receiver>),
    There { host: String, session: Session, lock: Lock },
}

impl Target {
    fn open(to: &Place, root: &Path, from: &str, options: &Options<'_>) -> anyhow::Result<Self> {
        match to {
            Place::Folder(target) => {
                let receiver = Receiver::open(target, options.keep_generations, from, options.clock)?;
                Ok(Self::Here(Box::new(receiver)))
            }
            Place::Ssh { host, path } => {
                if !path.is_empty() {
                    bail!(
                        "name the host alone, as {host:?} and a colon: which folder it is stands in its forced command"
                    );
                }
                // One push at a time from here, too: the nightly one and an operator's.
                let folder: PathBuf = warehouse::Layout::new(root).replica();
                std::fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
                let lock = Lock::take(&folder.join(LOCK), &addresses::holder("push", options.clock.now()))?;
                let mut session = Session::open(host, options)?;
                session.begin(from)?;
                Ok(Self::There { host: host.clone(), session, lock })
            }
            Place::Daemon(_) => bail!(
                "an rsync daemon only takes files, it cannot verify them: push over ssh, or pull from the replica's side"
            ),
        }
    }

    fn prepare(&mut self, manifest: &str, replace_newer: bool) -> anyhow::Result<Vec<FileRef>> {
        match self {
            Self::Here(receiver) => receiver.prepare(manifest, replace_newer),
            Self::There { session, .. } => session.prepare(manifest, replace_newer),
        }
    }

    /// Where rsync puts the files, and what lies between.
    fn rsync_place(&self) -> (String, Line) {
        match self {
            Self::Here(receiver) => (format!("{}/", local(receiver.staging())), Line::None),
            Self::There { host, .. } => (format!("{host}:{STAGING_ARGUMENT}"), Line::Ssh),
        }
    }

    fn lock(&self) -> &Lock {
        match self {
            Self::Here(receiver) => receiver.lock(),
            Self::There { lock, .. } => lock,
        }
    }

    fn finish(&mut self, arrived: Arrived) -> anyhow::Result<Outcome> {
        match self {
            Self::Here(receiver) => receiver.finish(&arrived),
            Self::There { session, .. } => session.finish(arrived),
        }
    }
}
