//! `pull`: the replica fetches.

use std::path::Path;

use anyhow::Context as _;
use tokio::time::Instant;

use super::{
    Options, addresses,
    arrival::{Arrived, Outcome},
    error::{NotWhole, Stopped},
    place::Place,
    progress::Progress,
    receiver::Receiver,
    rsync,
    source::Source,
};

/// How often it begins again with the newest generation: the source publishes meanwhile, or a file is damaged on its way.
const ATTEMPTS: u32 = 5;

/// Brings the replica whose warehouse is `root` up to the newest generation at `from`.
///
/// # Errors
/// When the source has nothing or cannot be reached, when somebody else is changing the replica, when there is no room, or
/// what arrives is not whole. The old generation is current then; the next run goes on where this one was.
pub(crate) fn pull(from: Place, root: &Path, options: &Options<'_>) -> anyhow::Result<Outcome> {
    rsync::check(options)?;
    let named = from.to_string();
    let source = Source::at(from);
    let what = format!("pull from {named}");
    let mut receiver = Receiver::open(root, options.keep_generations, &what, options.clock)?;
    let mut moved = rsync::Moved::default();
    let mut attempt = 1;
    loop {
        let failure = match once(&source, &mut receiver, &mut moved, &named, options) {
            Ok(outcome) => return Ok(outcome),
            Err(failure) => failure,
        };
        let is_passing = match failure.downcast_ref::<Stopped>() {
            Some(Stopped::Vanished(_)) => attempt < ATTEMPTS,
            // Once more, with the damaged file compared block by block. If the source's own file is damaged, that is no help.
            _ => failure.is::<NotWhole>() && attempt == 1,
        };
        if !is_passing {
            return Err(failure).with_context(|| what);
        }
        eprintln!("twilight: {failure:#}; beginning again with what is newest");
        attempt += 1;
    }
}

fn once(
    source: &Source,
    receiver: &mut Receiver,
    moved: &mut rsync::Moved,
    named: &str,
    options: &Options<'_>,
) -> anyhow::Result<Outcome> {
    let offer = source.offer(options, &receiver.inbox()?, receiver.lock())?;
    let wanted = receiver.prepare(&offer.manifest, options.replace_newer)?;
    let begun = Instant::now();
    if !wanted.is_empty() {
        let progress = Progress::over(wanted.iter().map(|file| file.size).sum(), options.progress);
        let names: Vec<String> = wanted.iter().map(|file| file.name.clone()).collect();
        let now = source.copy(options, &names, receiver.staging(), receiver.lock(), &progress)?;
        *moved = rsync::Moved { sent: moved.sent + now.sent, received: moved.received + now.received };
    }
    receiver.finish(&Arrived {
        generation: offer.generation,
        status: offer.status,
        from: format!("pull by {} from {named}", addresses::this_host()),
        moved_bytes: moved.both(),
        copied_ms: begun.elapsed().as_millis() as u64,
    })
}
