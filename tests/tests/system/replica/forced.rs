//! What a key that may push may do on the replica's host, through a real sshd: that, and nothing else.

use std::time::Duration;

use system_tests::{
    replica::{Replica, Source, Sshd},
    run,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_may_push_opens_no_shell_reads_nothing_and_writes_nowhere_else() {
    let source = Source::new();
    let replica = Replica::new();
    let Some(sshd) = Sshd::before(&replica).await else { return };
    let primary = Replica::at(&source.root(), &sshd.client_keys());
    primary.done(&["push"]).await;
    let root = replica.root().display().to_string();
    for words in [
        "",
        "twilight replica session; id",
        &format!("rsync --server --sender -Ie.LsfxCIvu . {root}/published/CURRENT"),
        &format!("rsync --server -Ie.LsfxCIvu --inplace . {root}/published/"),
        "rsync --server -Ie.LsfxCIvu --inplace . staging/../../published/",
        "rsync --server -rlIe.LsfxCIvu --delete . staging/",
    ] {
        let answer = run(sshd.command(words), Duration::from_secs(30)).await;
        assert_ne!(answer.code, Some(0), "{words:?}: {}", answer.stdout);
        assert!(answer.stdout.is_empty(), "{words:?}: {}", answer.stdout);
        assert!(answer.stderr.contains("may push to the replica and nothing else"), "{words:?}: {}", answer.stderr);
    }
    // rsync writes only while a push is under way.
    let words = "rsync --server -Ize.LsfxCIvu --inplace . staging/";
    let answer = run(sshd.command(words), Duration::from_secs(30)).await;
    assert!(answer.code != Some(0) && answer.stderr.contains("nobody is pushing"), "{answer:?}");
    replica.serves(1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_without_the_forced_command_is_told_what_is_missing() {
    let source = Source::new();
    // An ssh that runs what it is asked on a host where a login greets.
    let primary = Replica::at(&source.root(), "");
    let greeting = system_tests::replica::wrapper(primary.folder(), "ssh", "echo Welcome to Debian; exec cat");
    let keys = format!("target = \"vps:\"\nssh = \"{}\"\n", greeting.display());
    let primary = Replica::at(&source.root(), &keys);
    let stderr = primary.refused(&["push"]).await;
    assert!(stderr.contains("Welcome to Debian") && stderr.contains("forced command"), "{stderr}");
    let gone = system_tests::replica::wrapper(primary.folder(), "gone", "echo 'Connection refused' >&2; exit 255");
    let primary = Replica::at(&source.root(), &format!("target = \"vps:\"\nssh = \"{}\"\n", gone.display()));
    let stderr = primary.refused(&["push"]).await;
    assert!(stderr.contains("Connection refused"), "{stderr}");
}
