//! `twilight check-config`: each fault by its key, warnings that keep nobody from starting, no secret shown, nothing asked
//! for unless it is wanted.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Stdio};

use job_queue::private_redis::RedisServer;
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

const SECRET: &str = "f00dfacef00dfacef00dface";

/// Exit code and JSON of a check of this configuration; `FOLDER` in it is the folder that it lies in.
async fn checked(folder: &TempDir, text: &str, arguments: &[&str]) -> (i32, Value) {
    let config = folder.path().join("twilight.toml");
    fs::write(&config, text.replace("FOLDER", folder.path().to_str().unwrap())).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_twilight"));
    command.current_dir(folder.path()).args(["--json", "check-config"]).args(arguments).stdin(Stdio::null());
    command.env_remove("TUSHARE_TOKEN").env_remove("TWILIGHT_CONFIG");
    let ended = command.output().await.unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(!said.contains(SECRET), "{said}");
    let report = serde_json::from_slice(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    (ended.status.code().unwrap(), report)
}

fn findings(report: &Value, level: &str) -> Vec<(String, String)> {
    let found = report["findings"].as_array().unwrap().iter().filter(|finding| finding["level"] == level);
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    found.map(|finding| (text(finding, "key"), text(finding, "text"))).collect()
}

fn secret_file(folder: &TempDir, name: &str, mode: u32) {
    let path = folder.path().join(name);
    fs::write(&path, SECRET).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A configuration that every daemon starts with.
const GOOD: &str = "\
[warehouse]
root = \"FOLDER/warehouse\"
[ingest-worker.tushare]
token_file = \"FOLDER/token\"
[quality-worker]
state = \"FOLDER/quality\"
[gateway-proxy]
state = \"FOLDER/gateway\"
prices = \"FOLDER/prices.toml\"
[profile-registry]
state = \"FOLDER/registry\"
";

#[tokio::test]
async fn a_good_configuration_can_be_used_and_what_may_not_be_meant_is_told() {
    let folder = TempDir::new().unwrap();
    secret_file(&folder, "token", 0o600);
    let (code, report) = checked(&folder, GOOD, &[]).await;
    assert_eq!((code, &report["ok"], findings(&report, "error")), (0, &true.into(), vec![]), "{report}");
    let warnings = findings(&report, "warning");
    for key in ["quality-worker.alerts", "gateway-proxy.prices", "profile-registry.recovery_recipient"] {
        assert!(warnings.iter().any(|(known, _)| known == key), "{key}: {report}");
    }
    secret_file(&folder, "token", 0o644);
    let (code, report) = checked(&folder, GOOD, &["--daemon", "ingest-worker"]).await;
    let (key, text) = &findings(&report, "warning")[0];
    assert_eq!((code, key.as_str()), (0, "ingest-worker.tushare.token_file"), "{report}");
    assert!(text.ends_with("can be read by others (mode 644): chmod 600"), "{text}");
}

#[tokio::test]
async fn every_fault_is_named_by_its_key_with_what_is_allowed() {
    let folder = TempDir::new().unwrap();
    secret_file(&folder, "token", 0o600);
    fs::write(folder.path().join("a-file"), "").unwrap();
    fs::write(folder.path().join("prices.toml"), "[[prices]]\nmodel = \"m\"\nfrom = \"2026-01-01\"\noutptu = 1\n")
        .unwrap();
    let bad = |from: &str, to: &str| GOOD.replace(from, to);
    for (text, key, told) in [
        (
            bad("[warehouse]", "[warehouse]\nthreads = 0"),
            "configuration",
            "`warehouse.threads`: 0 is out of range; allowed: 1 to 256",
        ),
        (bad("[warehouse]", "[warehose]"), "configuration", "did you mean `warehouse`?"),
        (bad("FOLDER/token", "FOLDER/gone"), "ingest-worker.tushare.token", "No such file or directory"),
        (
            bad("FOLDER/quality", "FOLDER/a-file/x"),
            "quality-worker.state",
            "is no folder; allowed: a folder that can be made",
        ),
        (
            bad("[gateway-proxy]", "[gateway-proxy]\nlisten = \"0.0.0.0:8000\""),
            "gateway-proxy.listen",
            "is also where warehouse-api listens",
        ),
        (GOOD.to_owned(), "gateway-proxy.prices", "prices.toml:4: unknown field `outptu`"),
        (
            bad("[quality-worker]", "[quality-worker.schedule]\nfreshness = \"hourly\"\n[quality-worker]"),
            "configuration",
            "\"hourly\" is no schedule; allowed: \"off\", or second minute hour",
        ),
        (bad("[warehouse]", "[queue]\nredis_url = \"http://h\"\n[warehouse]"), "configuration", "allowed: redis://"),
        (
            bad(
                "[profile-registry]",
                "[[profile-registry.products]]\nname = \"p\"\ntemplate = \"t\"\namount_fen = 1\n[profile-registry]",
            ),
            "profile-registry.gateway_token",
            "nothing that is sold can be provisioned",
        ),
    ] {
        let (code, report) = checked(&folder, &text, &[]).await;
        let errors = findings(&report, "error");
        assert!(
            code == 1 && errors.iter().any(|(known, text)| known == key && text.contains(told)),
            "{told}: {report}"
        );
    }
}

#[tokio::test]
async fn what_another_host_runs_is_not_asked_for() {
    let folder = TempDir::new().unwrap();
    let (code, report) = checked(&folder, GOOD, &["--daemon", "warehouse-api", "--daemon", "profile-registry"]).await;
    assert_eq!((code, findings(&report, "error")), (0, vec![]), "the missing token is ingest-worker's: {report}");
    assert!(!folder.path().join("registry").exists(), "nothing is made");
}

#[tokio::test]
async fn online_names_what_cannot_be_reached_and_nothing_is_asked_without_it() {
    let folder = TempDir::new().unwrap();
    let redis = RedisServer::start().await.unwrap();
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let text = format!(
        "{GOOD}[queue]\nredis_url = \"{}\"\n[status]\ntimeout_ms = 2000\n[[gateway-proxy.channels]]\nname = \"one\"\n\
         dialect = \"openai\"\nbase_url = \"http://{gone}/{SECRET}\"\nkey = \"{SECRET}\"\nmodels = [\"m\"]\n",
        redis.url()
    );
    let gateway = ["--daemon", "gateway-proxy"];
    assert_eq!(checked(&folder, &text, &gateway).await.0, 0);
    let (code, report) = checked(&folder, &text, &["--daemon", "gateway-proxy", "--online"]).await;
    let errors = findings(&report, "error");
    assert_eq!((code, errors.len(), errors[0].0.as_str()), (1, 1, "gateway-proxy.channels (one)"), "{report}");
    assert!(errors[0].1.starts_with(&format!("{gone} cannot be reached")), "{report}");
    drop(redis);
    let (_, report) = checked(&folder, &text, &["--daemon", "gateway-proxy", "--online"]).await;
    assert!(findings(&report, "error").iter().any(|(key, _)| key.starts_with("queue.urls.")), "{report}");
}

#[tokio::test]
async fn a_file_that_is_named_and_not_there_is_an_answer_too() {
    let folder = TempDir::new().unwrap();
    let (code, report) = checked(&folder, GOOD, &["--file", "no-such.toml"]).await;
    assert_eq!((code, findings(&report, "error")[0].0.as_str()), (1, "configuration"), "{report}");
    assert!(Path::new(report["file"].as_str().unwrap()).ends_with("no-such.toml"), "{report}");
}
