//! `--check-health` with the real binaries.

use std::{
    process::{Command, Output},
    time::Duration,
};

use system_tests::{Answer, Daemon, binary, run};

use crate::files::DAEMONS;

const BOUND: Duration = Duration::from_secs(20);

async fn check(daemon: &str, config: &str) -> Answer {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("twilight.toml");
    std::fs::write(&file, config).unwrap();
    let mut command = Command::new(binary(daemon));
    command.arg("--check-health").arg("--config").arg(&file).current_dir(folder.path());
    run(command, BOUND).await
}

#[tokio::test]
async fn a_daemon_that_does_not_run_is_unhealthy_and_the_reason_is_said() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for daemon in DAEMONS {
        // No secret, no Redis, no folder: only the address is looked at.
        let answer = check(daemon, &format!("[{daemon}]\nlisten = \"0.0.0.0:{port}\"\n")).await;
        assert_eq!(answer.code, Some(1), "{daemon}: {answer:?}");
        assert!(answer.stderr.contains(&format!("http://127.0.0.1:{port}/healthz")), "{daemon}: {answer:?}");
        assert!(answer.stderr.contains("refused") && answer.stdout.is_empty(), "{daemon}: {answer:?}");
    }
}

#[tokio::test]
async fn a_daemon_without_a_generation_is_healthy_by_an_address_of_all_interfaces() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("twilight.toml");
    // Redis is away: that is no reason to start the daemon again and again.
    let rest = "[telemetry]\nformat = \"json\"\n[queue]\nredis_url = \"redis://127.0.0.1:1/\"\n";
    std::fs::write(&file, format!("[warehouse-api]\nlisten = \"0.0.0.0:0\"\n{rest}")).unwrap();
    let mut command = Command::new(binary("warehouse-api"));
    command.arg("--config").arg(&file).current_dir(folder.path());
    let api = Daemon::start(command).await;
    let port = api.url.rsplit(':').next().unwrap();
    let answer = check("warehouse-api", &format!("[warehouse-api]\nlisten = \"0.0.0.0:{port}\"\n")).await;
    assert_eq!((answer.code, answer.stderr.as_str()), (Some(0), ""));
    api.stop().await;
}

#[test]
fn help_works_without_a_configuration() {
    for program in DAEMONS.into_iter().chain(["twilight"]) {
        let folder = tempfile::tempdir().unwrap();
        let Output { status, stdout, .. } =
            Command::new(binary(program)).arg("--help").current_dir(&folder).output().unwrap();
        let help = String::from_utf8(stdout).unwrap();
        assert!(status.success() && help.contains("--config"), "{program}: {help}");
        assert!(program == "twilight" || help.contains("--check-health"), "{program}: {help}");
    }
}
