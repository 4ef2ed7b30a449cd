//! A signal asks for shutdown instead of ending the process.

use std::time::Duration;

use daemon_kit::shutdown;
use rustix::process::{Signal, getpid, kill_process};

#[tokio::test]
async fn the_first_sigterm_cancels_the_token() {
    let token = shutdown::on_signals().unwrap();
    assert!(!token.is_cancelled());
    kill_process(getpid(), Signal::TERM).unwrap();
    tokio::time::timeout(Duration::from_secs(10), token.cancelled()).await.expect("the token is cancelled");
}
