//! `docker/launchd`: installed into a home of its own, with a launchctl that only writes down what it is told.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use tempfile::TempDir;

use crate::files::root;

/// launchd's own rules: nothing is loaded twice, nothing unloaded that is not there.
const LAUNCHCTL: &str = r#"#!/bin/sh
echo "$*" >>"$FAKE/calls"
mkdir -p "$FAKE/loaded"
case "$1" in
  print) [ -f "$FAKE/loaded/${2##*/}" ] ;;
  bootout) rm "$FAKE/loaded/${2##*/}" ;;
  bootstrap) job=$(basename "$3" .plist); [ ! -f "$FAKE/loaded/$job" ] || exit 5; : >"$FAKE/loaded/$job" ;;
  enable) ;;
  *) exit 64 ;;
esac
"#;
/// Every key becomes JSON; what plistlib does not take is an error.
const LINT: &str = "import json, plistlib, sys\nprint(json.dumps(plistlib.load(open(sys.argv[1], 'rb'))))";
const JOBS: [&str; 6] = ["redis-server", "ingest-worker", "quality-worker", "aktools", "tunnel", "replica-push"];

struct Mac {
    folder: TempDir,
}

impl Mac {
    /// A home whose name XML and shells would stumble over, with all that the jobs need.
    fn new() -> Self {
        let mac = Self { folder: tempfile::tempdir().unwrap() };
        for program in ["bin/ingest-worker", "bin/quality-worker", "bin/twilight", "aktools/bin/python"] {
            mac.program(&mac.root().join(program), "#!/bin/sh\n");
        }
        mac.program(&mac.folder.path().join("path/launchctl"), LAUNCHCTL);
        mac.program(&mac.folder.path().join("path/redis-server"), "#!/bin/sh\n");
        fs::write(mac.root().join("twilight.toml"), "").unwrap();
        fs::create_dir(mac.root().join("secrets")).unwrap();
        fs::write(mac.root().join("secrets/tunnel_key"), "").unwrap();
        mac
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("me & <you>")
    }

    fn root(&self) -> PathBuf {
        self.home().join("twilight")
    }

    fn agents(&self) -> PathBuf {
        self.home().join("Library/LaunchAgents")
    }

    fn program(&self, path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Its exit code, what it said, and what launchctl was told beside questions.
    fn run(&self, script: &str, words: &[&str]) -> (i32, String, Vec<String>) {
        let calls = self.folder.path().join("calls");
        fs::write(&calls, "").unwrap();
        let path = format!("{}:/usr/bin:/bin", self.folder.path().join("path").display());
        let mut command = Command::new("sh");
        command.arg(root().join("docker/launchd").join(script)).args(words);
        command.env("HOME", self.home()).env("PATH", path).env("FAKE", self.folder.path()).env_remove("SUDO_USER");
        let out = command.output().unwrap();
        let said = [out.stdout, out.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
        let calls = fs::read_to_string(calls).unwrap();
        let calls = calls.lines().filter(|call| !call.starts_with("print ")).map(str::to_owned).collect();
        (out.status.code().unwrap(), said, calls)
    }

    fn install(&self, words: &[&str]) -> (String, Vec<String>) {
        let (code, said, calls) = self.run("install.sh", words);
        assert_eq!(code, 0, "{said}");
        (said, calls)
    }

    /// An installed plist as python reads it; `None` without python3.
    fn plist(&self, job: &str) -> Option<Value> {
        let file = self.agents().join(format!("drive.twilight.{job}.plist"));
        let out = Command::new("python3").args(["-c", LINT]).arg(&file).output().ok()?;
        assert!(out.status.success(), "{job}: {}", String::from_utf8_lossy(&out.stderr));
        Some(serde_json::from_slice(&out.stdout).unwrap())
    }
}

#[test]
fn every_job_is_installed_once_and_a_second_time_changes_nothing() {
    let mac = Mac::new();
    let (said, calls) = mac.install(&["--vps", "tunnel@vps.example.com"]);
    assert_eq!(calls.iter().filter(|call| call.starts_with("bootstrap gui/")).count(), JOBS.len(), "{said}");
    let (said, calls) = mac.install(&["--vps", "tunnel@vps.example.com"]);
    assert!(calls.is_empty() && said == "install: nothing to do\n", "{said}{calls:?}");
    // Another time for the push: one job is loaded anew, the others go on.
    let (_, calls) = mac.install(&["--vps", "tunnel@vps.example.com", "--push-at", "04:05"]);
    assert!(calls.iter().all(|call| call.contains("replica-push")) && calls.len() == 3, "{calls:?}");
    // The VPS is given up.
    let (said, _) = mac.install(&[]);
    assert!(said.contains("unload and remove tunnel") && said.contains("unload and remove replica-push"), "{said}");
    assert!(!mac.agents().join("drive.twilight.tunnel.plist").exists());

    let (code, said, _) = mac.run("uninstall.sh", &[]);
    assert!(code == 0 && fs::read_dir(mac.agents()).unwrap().next().is_none(), "{said}");
    assert!(mac.root().join("twilight.toml").exists() && mac.root().join("data/redis-queue").exists(), "data stays");
    assert_eq!(mac.run("uninstall.sh", &[]).1, "uninstall: nothing to do\n");
}

#[test]
fn what_is_installed_is_a_property_list_that_keeps_its_program_running() {
    let mac = Mac::new();
    mac.install(&["--vps", "tunnel@vps.example.com", "--push-at", "08:05"]);
    for job in JOBS {
        let Some(plist) = mac.plist(job) else {
            println!("skipped: python3 is not here");
            return;
        };
        assert_eq!(plist["Label"], format!("drive.twilight.{job}"));
        assert_eq!(plist["ExitTimeOut"], 40, "{job}");
        assert!(plist["ThrottleInterval"].as_u64().unwrap() >= 10, "{job}");
        assert_eq!(plist["WorkingDirectory"], mac.root().to_str().unwrap(), "{job}");
        for key in ["StandardOutPath", "StandardErrorPath"] {
            let logs = mac.home().join("Library/Logs/twilight");
            assert_eq!(Path::new(plist[key].as_str().unwrap()).parent().unwrap(), logs, "{job}");
        }
        let words = plist["ProgramArguments"].as_array().unwrap();
        assert!(words[0].as_str().unwrap().starts_with('/'), "{job}: launchd has no PATH");
        assert!(!plist.to_string().contains('@') || job == "tunnel", "{job}: a placeholder is left: {plist}");
        if job == "replica-push" {
            assert_eq!(plist["StartCalendarInterval"], serde_json::json!({"Hour": 8, "Minute": 5}));
            assert_eq!(
                plist["KeepAlive"],
                serde_json::json!({"SuccessfulExit": false}),
                "a push that failed comes back"
            );
        } else {
            assert_eq!((&plist["KeepAlive"], &plist["RunAtLoad"]), (&Value::Bool(true), &Value::Bool(true)), "{job}");
        }
        if ["ingest-worker", "quality-worker", "replica-push"].contains(&job) {
            let config = mac.root().join("twilight.toml");
            assert_eq!(plist["EnvironmentVariables"]["TWILIGHT_CONFIG"], config.to_str().unwrap(), "{job}");
        }
    }
    let words = |job: &str| serde_json::to_string(&mac.plist(job).unwrap()["ProgramArguments"]).unwrap();
    assert!(words("redis-server").contains(r#""--maxmemory-policy","noeviction""#));
    assert!(
        words("redis-server").contains(r#""--appendonly","yes""#)
            && words("redis-server").contains(r#""--bind","127.0.0.1""#)
    );
    assert!(words("tunnel").contains(r#""-R","172.31.231.1:16379:127.0.0.1:6379","tunnel@vps.example.com""#));
    assert!(words("tunnel").contains("ExitOnForwardFailure=yes"));
    assert!(words("aktools").contains(r#""--host","127.0.0.1""#));
}

#[test]
fn a_dry_run_does_nothing_and_says_everything() {
    let mac = Mac::new();
    let (said, calls) = mac.install(&["--dry-run", "--vps", "tunnel@vps.example.com", "--without", "aktools"]);
    for job in JOBS.into_iter().filter(|job| *job != "aktools") {
        assert!(said.contains(&format!("would load {job}")), "{said}");
    }
    assert!(said.contains("aktools is left out: you said so"), "{said}");
    assert!(calls.is_empty() && !mac.home().join("Library").exists() && !mac.root().join("data").exists());
}

#[test]
fn what_is_missing_is_told_before_anything_changes() {
    let refused = |mac: &Mac, words: &[&str], why: &str| {
        let (code, said, calls) = mac.run("install.sh", words);
        assert!(code != 0 && said.contains(why) && calls.is_empty(), "{code} {said}{calls:?}");
        assert!(!mac.agents().exists(), "{said}");
    };
    let mac = Mac::new();
    refused(&mac, &["--push-at", "25:00"], "--push-at 25:00 is no time");
    refused(&mac, &["--root", "twilight"], "is no absolute path");
    refused(&mac, &["--without", "everything"], "there is no job everything");
    refused(&mac, &["--vps"], "--vps wants a value");
    refused(&mac, &["--fast"], "--fast is no option");
    refused(&mac, &["--vps", "-oProxyCommand=id"], "is no user@host");
    refused(&mac, &["--system", "--dry-run"], "--system needs --user");
    fs::remove_file(mac.root().join("twilight.toml")).unwrap();
    refused(&mac, &[], "twilight.toml");
    fs::remove_file(mac.root().join("bin/twilight")).unwrap();
    refused(&mac, &[], "bin/twilight: sh scripts/install.sh");
    // What only one job needs costs that job.
    let mac = Mac::new();
    fs::remove_dir_all(mac.root().join("aktools")).unwrap();
    fs::remove_file(mac.root().join("secrets/tunnel_key")).unwrap();
    let (said, calls) = mac.install(&["--vps", "tunnel@vps.example.com"]);
    assert!(said.contains("aktools is left out") && said.contains("tunnel is left out"), "{said}");
    assert_eq!(calls.iter().filter(|call| call.starts_with("bootstrap")).count(), 4);
}
