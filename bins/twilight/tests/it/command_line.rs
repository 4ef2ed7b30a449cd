//! A command line that makes no sense ends with exit code 2 and says what would.

use crate::stage::Stage;

#[tokio::test]
async fn what_makes_no_sense_is_refused_by_name() {
    let stage = Stage::empty();
    for (words, told) in [
        ("quality findings --severity fatal", "`fatal` is no severity; allowed: info, warning, error"),
        ("quality findings --check cros_source", "a similar value exists: 'cross_source'"),
        ("quality findings --code 000001", "000001"),
        ("quality findings --since yesterday", "write 2026-04-30 or 2026-04-30T18:30:00+08:00"),
        ("quality findings --since 2026-04-30 --until 2026-04-28", "--since is after --until"),
        ("quality check", "--date"),
        ("quality check --wait", "--date"),
        ("quality check --all --date 2026-04-30", "cannot be used with"),
        ("quality check --date 2026-02-30", "2026-02-30"),
        ("quality check --date 2999-01-04", "2999-01-04 is in the future"),
        ("quarantine list --state gone", "superseded"),
        ("quarantine list --rule shema", "a similar value exists: 'schema'"),
        ("quarantine release", "<IDS>"),
        ("quarantine release ../x", "no id: take it from `twilight quarantine list`"),
        ("quarantine discard a1 --force", "--force"),
        ("enqueue check-generation --dates today", "today"),
        ("enqueue backfill-history --from 2024-01-05 --to 2024-01-04", "--from 2024-01-05 is after --to 2024-01-04"),
        ("enqueue probe-channel", "--channel"),
        ("enqueue probe-channel --channel a/b", "letters, digits and hyphens"),
        ("enqueue probe-channel --channel=", "letters, digits and hyphens"),
        ("jobs list --queue qualty", "warehouse-write"),
    ] {
        let said = stage.refused(words, 2).await;
        assert!(said.contains(told), "{words}: {said}");
    }
}

#[tokio::test]
async fn what_cannot_be_done_yet_is_told_apart_from_that() {
    let stage = Stage::empty();
    for words in [
        "quality findings",
        "quality check --all --wait",
        "quality check --date 2026-04-30 --wait",
        "quarantine list",
        "quarantine show a1",
    ] {
        let said = stage.refused(words, 1).await;
        assert!(said.contains("nothing is published yet"), "{words}: {said}");
    }
    let said = stage.refused("quarantine discard a1", 1).await;
    assert!(said.contains("redis is unreachable"), "{said}");
}

#[tokio::test]
async fn the_help_names_every_queue() {
    let said = Stage::empty().told("jobs list --help").await;
    for queue in ["ingest", "quality", "warehouse-write"] {
        assert!(said.contains(queue), "{said}");
    }
}

#[tokio::test]
async fn a_reader_who_has_seen_enough_is_no_failure() {
    let stage = Stage::empty();
    for words in ["quality rules", "--json quality rules"] {
        let mut command = stage.command(words);
        // The other end is closed before the first word, as `head` does it after a few lines.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ended = command.stdout(writer).stderr(std::process::Stdio::piped()).output().await.unwrap();
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!((ended.status.code(), said.as_str()), (Some(0), ""), "{words}");
    }
}
