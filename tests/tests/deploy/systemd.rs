//! `docker/systemd`: the same daemons without Docker.

use std::{collections::BTreeMap, fs, process::Command};

use crate::{
    files::{DAEMONS, root},
    model::{Model, bytes},
};

/// The units, by name, with the lines of each.
fn units() -> BTreeMap<String, String> {
    let files = fs::read_dir(root().join("docker/systemd")).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|kind| kind == "service" || kind == "timer"));
    files
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap()))
        .collect()
}

fn value<'a>(unit: &'a str, key: &str) -> Option<&'a str> {
    unit.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
}

#[test]
fn every_daemon_has_a_unit_with_the_limit_of_its_container() {
    let (units, model) = (units(), Model::read("docker-compose.yml"));
    for service in DAEMONS.into_iter().chain(["redis-queue", "redis-cache", "replica-watch"]) {
        let unit = &units[&format!("twilight-{service}.service")];
        let limit = format!("{}M", bytes(&model.services[service]["mem_limit"]) >> 20);
        assert_eq!(value(unit, "MemoryMax"), Some(limit.as_str()), "{service}");
        assert_eq!(value(unit, "Restart"), Some("always"), "{service}");
        assert_eq!(value(unit, "TimeoutStopSec"), Some("40"), "{service}");
    }
    for daemon in DAEMONS {
        let unit = &units[&format!("twilight-{daemon}.service")];
        assert_eq!(value(unit, "ExecStart"), Some(format!("/usr/local/bin/{daemon}").as_str()));
        assert_eq!(value(unit, "Environment"), Some("TWILIGHT_CONFIG=/etc/twilight/twilight.toml"), "{daemon}");
    }
    let redis = |name: &str| value(&units[&format!("twilight-{name}.service")], "ExecStart").unwrap().to_owned();
    assert!(redis("redis-queue").contains("--appendonly yes") && redis("redis-queue").contains("noeviction"));
    assert!(redis("redis-cache").contains("--maxmemory 256mb") && redis("redis-cache").contains("allkeys-lru"));
}

#[test]
fn no_unit_runs_as_root_or_may_gain_rights() {
    for (name, unit) in units().iter().filter(|(name, _)| name.ends_with(".service")) {
        assert_eq!(value(unit, "User"), Some("twilight"), "{name}");
        for (key, wanted) in [
            ("NoNewPrivileges", "yes"),
            ("ProtectSystem", "strict"),
            ("ProtectHome", "yes"),
            ("PrivateTmp", "yes"),
            ("CapabilityBoundingSet", ""),
        ] {
            assert_eq!(value(unit, key), Some(wanted), "{name}: {key}");
        }
        // Readers of a warehouse cannot write it.
        let writes = value(unit, "ReadWritePaths").unwrap_or_default();
        let writer = ["twilight-ingest-worker.service", "twilight-replica-push.service"].contains(&name.as_str());
        assert!(writer || !writes.ends_with("/data/warehouse") && !writes.ends_with("/data"), "{name}: {writes}");
    }
}

#[test]
fn systemd_takes_the_units_and_finds_them_closed_where_it_is_installed() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        println!("skipped: systemd-analyze is not here");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, unit) in units() {
        // The programs are not installed here; the rest of the line stays.
        let unit = unit.lines().map(|line| match line.strip_prefix("ExecStart=") {
            Some(command) => format!("ExecStart=/bin/true {}\n", command.split_once(' ').map_or("", |(_, rest)| rest)),
            None => format!("{line}\n"),
        });
        fs::write(folder.path().join(name), unit.collect::<String>()).unwrap();
    }
    let names: Vec<String> = units().into_keys().collect();
    let mut verify = Command::new("systemd-analyze");
    verify.args(["verify", "--man=no"]).args(names.iter().map(|name| folder.path().join(name)));
    let out = verify.output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    let ours: Vec<&str> = said.lines().filter(|line| line.contains("twilight")).collect();
    assert!(ours.is_empty(), "{said}");
    for name in names.iter().filter(|name| name.ends_with(".service")) {
        let mut security = Command::new("systemd-analyze");
        security.args(["security", "--offline=true", "--no-pager", "--threshold=20"]).arg(folder.path().join(name));
        let out = security.output().unwrap();
        if String::from_utf8_lossy(&out.stderr).contains("unrecognized option") {
            println!("skipped: this systemd-analyze judges no files");
            return;
        }
        assert!(out.status.success(), "{name} is more open than 2.0:\n{}", String::from_utf8_lossy(&out.stdout));
    }
}
