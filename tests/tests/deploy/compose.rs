//! `docker-compose.yml`: what it promises about every service.

use std::{collections::BTreeSet, process::Command};

use serde_json::Value;

use crate::{
    files::{DAEMONS, root, text, version},
    model::{Model, bytes, strings},
};

const MOST: u64 = 2_200_000_000;
/// A port that everybody may reach.
const PUBLIC: [&str; 1] = ["edge"];

fn model() -> Model {
    Model::read("docker-compose.yml")
}

#[test]
fn what_a_bare_up_starts_is_what_a_vps_serves_and_fits_beside_the_agents() {
    let model = model();
    let names: BTreeSet<&str> = model.default_services().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "gateway-proxy",
        "prepare",
        "profile-registry",
        "redis-cache",
        "redis-queue",
        "replica-watch",
        "searxng",
        "warehouse-api",
    ];
    assert_eq!(names, expected.into());
    let sum: u64 = model.default_services().map(|(_, service)| bytes(&service["mem_limit"])).sum();
    assert!(sum <= MOST, "{sum} bytes");
    let limit = |name: &str| bytes(&model.services[name]["mem_limit"]) >> 20;
    assert_eq!(["warehouse-api", "gateway-proxy", "profile-registry"].map(limit), [448, 256, 288]);
    assert_eq!(["redis-queue", "redis-cache", "searxng", "replica-watch"].map(limit), [192, 384, 384, 96]);
    assert_eq!(["ingest-worker", "quality-worker", "aktools", "edge"].map(limit), [1280, 768, 512, 64]);
}

#[test]
fn the_profiles_add_what_they_say() {
    let model = model();
    let of = |profile: &str| -> BTreeSet<String> {
        let has = |service: &Value| strings(&service["profiles"]).iter().any(|name| name == profile);
        model.services.iter().filter(|(_, service)| has(service)).map(|(name, _)| name.clone()).collect()
    };
    assert_eq!(of("all"), ["aktools", "ingest-worker", "quality-worker"].map(str::to_owned).into());
    assert_eq!(of("edge"), ["edge".to_owned()].into());
    assert_eq!(of("new-api"), ["new-api".to_owned()].into());
    for daemon in DAEMONS {
        assert!(model.services.contains_key(daemon), "{daemon}");
    }
}

#[test]
fn no_image_floats() {
    for (name, service) in &model().services {
        let image = service["image"].as_str().unwrap_or_else(|| panic!("{name} has no image"));
        let (repository, tag) = image.rsplit_once(':').unwrap_or_else(|| panic!("{name}: {image} has no tag"));
        if repository.starts_with("twilight/") {
            assert_eq!(tag, version(), "{name}: {image}; docker/env.example names the version too");
            continue;
        }
        // A whole version with three numbers, or a date.
        let numbers = tag.split(['.', '-', 'v']).filter(|part| part.parse::<u32>().is_ok()).count();
        assert!(numbers >= 3, "{name}: {image} may be another one tomorrow");
    }
    assert!(text("docker/env.example").contains(&format!("TWILIGHT_VERSION={}\n", version())));
}

#[test]
fn every_service_has_a_limit_a_health_check_and_comes_back() {
    for (name, service) in &model().services {
        assert!(bytes(&service["mem_limit"]) > 0, "{name}");
        assert_eq!(strings(&service["cap_drop"]), ["ALL"], "{name}");
        assert_eq!(strings(&service["security_opt"]), ["no-new-privileges:true"], "{name}");
        // They run once, when they are asked to.
        if ["prepare", "twilight"].contains(&name.as_str()) {
            continue;
        }
        assert_eq!(service["restart"], "unless-stopped", "{name}");
        assert!(service["healthcheck"]["test"].as_array().is_some_and(|test| test.len() > 1), "{name}");
    }
}

#[test]
fn every_daemon_is_asked_by_its_own_binary_and_writes_only_where_it_is_told() {
    let model = model();
    let services: Vec<&str> = DAEMONS.into_iter().chain(["replica-watch"]).collect();
    for name in services {
        let service = &model.services[name];
        let image = service["image"].as_str().unwrap();
        let binary = image.trim_start_matches("twilight/").split(':').next().unwrap();
        assert_eq!(strings(&service["healthcheck"]["test"]), ["CMD", binary, "--check-health"], "{name}");
        assert_eq!(service["build"]["target"], binary, "{name}");
        assert_eq!(service["read_only"], true, "{name}");
        assert_eq!(service["stop_grace_period"], "40s", "{name}");
        assert_eq!(service["logging"]["options"]["max-size"], "10m", "{name}");
    }
    // One process writes the warehouse.
    let writes =
        |service: &Value| strings(&service["volumes"]).iter().any(|v| v.ends_with("/warehouse:/data/warehouse"));
    let writers: Vec<&String> = model.services.iter().filter(|(_, s)| writes(s)).map(|(name, _)| name).collect();
    // The tools repair and replicate; docs/install.md says that they are run by hand.
    assert_eq!(writers, ["ingest-worker", "twilight"]);
}

#[test]
fn only_the_edge_can_be_reached_from_outside() {
    for (name, service) in &model().services {
        for port in strings(&service["ports"]) {
            assert!(port.starts_with("127.0.0.1:") || PUBLIC.contains(&name.as_str()), "{name}: {port}");
        }
        assert_ne!(service["network_mode"], "host", "{name}");
        assert!(service.get("privileged").is_none(), "{name}");
    }
    let unpublished = ["redis-cache", "searxng", "aktools", "ingest-worker", "quality-worker", "replica-watch"];
    for name in unpublished {
        assert!(model().services[name].get("ports").is_none(), "{name} is for its neighbours only");
    }
}

#[test]
fn other_peoples_programs_do_not_reach_the_queues() {
    let model = model();
    for name in ["searxng", "aktools", "new-api", "redis-cache"] {
        assert_eq!(strings(&model.services[name]["networks"]), ["guests"], "{name}");
    }
    for (name, service) in &model.services {
        let networks = service.get("networks");
        let in_both = networks.is_some_and(|networks| networks.as_array().is_some_and(|names| names.len() == 2));
        assert_eq!(in_both, ["gateway-proxy", "ingest-worker"].contains(&name.as_str()), "{name}: {networks:?}");
    }
}

#[test]
fn no_secret_stands_in_a_file_and_every_one_is_mounted_from_its_own_folder() {
    for (name, service) in &model().services {
        for (key, value) in service["environment"].as_object().into_iter().flatten() {
            // The domain is empty by default.
            let value = value.as_str().unwrap_or_default();
            let named = ["TOKEN", "SECRET", "PASSWORD", "_KEY"].iter().any(|word| key.contains(word));
            assert!(!named || key.ends_with("_FILE"), "{name}: {key} is a secret, inline");
            assert!(!value.contains('@'), "{name}: {key} holds a password");
        }
        for volume in strings(&service["volumes"]).iter().filter(|volume| volume.contains("/secrets/")) {
            let parts: Vec<&str> = volume.split(':').collect();
            let folder = parts[0].rsplit('/').next().unwrap();
            let whose = if name == "replica-watch" { "quality-worker" } else { name };
            assert_eq!((folder, parts[1], parts[2]), (whose, "/run/secrets", "ro"), "{name}");
        }
    }
    let prepare = text("docker/prepare.sh");
    for secret in ["gateway_admin_token", "gateway_master_key", "registry_admin_token", "api_token", "searxng_secret"] {
        assert!(prepare.contains(secret), "{secret} is drawn by nobody");
    }
}

#[test]
fn everything_that_is_mounted_exists_or_lies_in_the_one_data_folder() {
    for (name, service) in &model().services {
        for volume in strings(&service["volumes"]) {
            let source = volume.split(':').next().unwrap();
            let data = source == "./data" || source.starts_with("./data/");
            assert!(data || root().join(source).is_file(), "{name}: {source} is not there");
            assert!(data || volume.ends_with(":ro"), "{name}: {volume} is the checkout's, and may be written to");
        }
    }
}

#[test]
fn a_daemon_waits_for_what_it_needs_and_not_for_a_first_generation() {
    let model = model();
    for (name, service) in &model.services {
        for (on, how) in service["depends_on"].as_object().into_iter().flatten() {
            let condition = if on == "prepare" { "service_completed_successfully" } else { "service_healthy" };
            assert_eq!(how["condition"], condition, "{name} waits for {on}");
            assert!(model.services.contains_key(on), "{name} waits for {on}");
        }
    }
    for name in DAEMONS {
        assert!(model.services[name]["depends_on"].get("redis-queue").is_some(), "{name}");
    }
    // `--check-health` asks /healthz, which is green without a generation; /readyz would not be.
    assert!(model.services["warehouse-api"]["depends_on"].get("ingest-worker").is_none());
}

#[test]
fn one_redis_never_forgets_and_the_other_forgets_by_itself() {
    let words = |name: &str| strings(&model().services[name]["command"]).join(" ");
    let queue = words("redis-queue");
    assert!(queue.contains("--appendonly yes") && queue.contains("--maxmemory-policy noeviction"), "{queue}");
    let cache = words("redis-cache");
    assert!(cache.contains("--maxmemory 256mb") && cache.contains("--maxmemory-policy allkeys-lru"), "{cache}");
    let volumes = strings(&model().services["redis-queue"]["volumes"]);
    assert!(volumes.iter().any(|volume| volume.ends_with("/redis-queue:/data")), "{volumes:?}");
}

#[test]
fn compose_itself_takes_the_files_where_it_is_installed() {
    let has_compose =
        Command::new("docker").args(["compose", "version"]).output().is_ok_and(|out| out.status.success());
    if !has_compose {
        println!("skipped: docker compose is not here");
        return;
    }
    for (file, services) in [("docker-compose.yml", 14), ("docker-compose.gateway.yml", 6)] {
        let mut command = Command::new("docker");
        command.args(["compose", "-f", file, "--profile", "*", "config", "--services"]).current_dir(root());
        let out = command.env_remove("COMPOSE_FILE").output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        assert_eq!(String::from_utf8(out.stdout).unwrap().lines().count(), services, "{file}");
    }
}
