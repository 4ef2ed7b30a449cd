//! A terminal that closes asks for shutdown too. In a process of its own: a second signal would end the other tests.

use std::time::Duration;

use daemon_kit::shutdown;
use rustix::process::{Signal, getpid, kill_process};

#[tokio::test]
async fn a_hangup_cancels_the_token_and_does_not_end_the_process() {
    let token = shutdown::on_signals().unwrap();
    kill_process(getpid(), Signal::HUP).unwrap();
    tokio::time::timeout(Duration::from_secs(10), token.cancelled()).await.expect("the token is cancelled");
}
