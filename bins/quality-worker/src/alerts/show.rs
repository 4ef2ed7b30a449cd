//! For operators: what would be sent now, and whether messages arrive at all.

use std::{io::Write, path::Path};

use anyhow::Context as _;
use chrono::NaiveTime;
use daemon_kit::{
    clock::Clock,
    config::{Checks, QualityWorkerConfig},
};
use warehouse::{Generation, Reader, ReaderOptions};

use super::{
    book::Book,
    file::{self, Found},
    message::Message,
    outbox::Outcome,
    target::{self, Target},
};
use crate::{
    check::{Judging, open_log},
    jobs::judge_freshness,
};

/// What a dry run looks at.
#[derive(Debug, Clone)]
pub struct Preview {
    /// `[quality-worker]`.
    pub worker: QualityWorkerConfig,
    /// `warehouse.expected_by`.
    pub expected_by: NaiveTime,
    /// Now.
    pub clock: Clock,
}

/// Prints to `out` the bodies that would be sent to each target if freshness were judged and the writer's findings were read
/// now. Reads the current generation, `status.json` and the memory of the alerts; writes nothing and sends nothing.
///
/// # Errors
/// When something that is there cannot be read.
pub fn dry_run(preview: &Preview, out: &mut impl Write) -> anyhow::Result<()> {
    let Preview { worker, expected_by, clock } = preview;
    let now = clock.now();
    let judging = Judging::new(worker, *expected_by)?;
    let mut book = remembered(&worker.state, out)?;
    let options = ReaderOptions { memory_limit_mb: worker.memory_limit_mb, ..ReaderOptions::default() };
    let reader = Reader::open(&worker.published, options).context("open the warehouse's reader")?;
    let generation = reader.current();
    match &generation {
        Some(generation) => writeln!(out, "generation {}", generation.number())?,
        None => writeln!(out, "nothing has been published yet in {}", worker.published.display())?,
    }
    if let Some(generation) = generation.as_deref().filter(|_| worker.checks == Checks::All)
        && let Some(all) = book.wants_log_of(Generation::number(generation))
    {
        book.log_read(open_log::read(generation, all).context("read the quality log")?);
    }
    let (checked, _) =
        judge_freshness(&worker.published, generation.as_deref(), &judging, now).context("judge freshness")?;
    book.check_ran(checked);
    if worker.alerts.is_empty() {
        writeln!(out, "nobody is told: there is no [[quality-worker.alerts]]")?;
    }
    for target in targets(worker)? {
        book.evaluate(&target.name, target.wishes, now);
        let messages: Vec<Message> = book.outbox(&target.name).waiting().cloned().collect();
        let count = messages.len();
        writeln!(
            out,
            "\n{} ({}): {count} message{}",
            target.name,
            target.form.name(),
            if count == 1 { "" } else { "s" }
        )?;
        for message in messages {
            writeln!(out, "{}", serde_json::to_string_pretty(&target.body(&message))?)?;
        }
    }
    Ok(())
}

/// Sends a test message to every target, and says in `out` how that went.
///
/// # Errors
/// When there is no target, or one of them did not take the message.
pub async fn send_test(worker: &QualityWorkerConfig, clock: &Clock, out: &mut impl Write) -> anyhow::Result<()> {
    let targets = targets(worker)?;
    anyhow::ensure!(!targets.is_empty(), "nobody is told: there is no [[quality-worker.alerts]]");
    let mut failed = Vec::new();
    for target in targets {
        let message = Message::test(Book::default().occasion(&target.name, clock.now()));
        let said = match target.send(&message).await {
            Outcome::Sent => "has it".to_owned(),
            Outcome::Refused { reason, .. } => format!("does not take it: {reason}"),
            Outcome::Unclear { reason } => format!("gave no clear answer: {reason}"),
        };
        writeln!(out, "{} ({}) {said}", target.name, target.form.name())?;
        if said != "has it" {
            failed.push(target.name);
        }
    }
    anyhow::ensure!(failed.is_empty(), "the test message did not arrive at {}", failed.join(", "));
    Ok(())
}

fn remembered(folder: &Path, out: &mut impl Write) -> anyhow::Result<Book> {
    match file::read(folder).with_context(|| format!("read the memory of the alerts in {}", folder.display()))? {
        Found::Book(book) => Ok(*book),
        Found::Nothing => {
            writeln!(out, "nobody has been told anything yet")?;
            Ok(Book::default())
        }
        Found::Damaged(reason) => {
            writeln!(out, "the memory of the alerts is damaged and would begin anew: {reason}")?;
            Ok(Book::default())
        }
    }
}

fn targets(worker: &QualityWorkerConfig) -> anyhow::Result<Vec<Target>> {
    let client = target::client()?;
    Ok(worker.alerts.iter().map(|config| Target::new(config, &worker.runbook, &client)).collect())
}
