//! The configuration files that containers get.

use std::{collections::BTreeSet, path::Path};

use daemon_kit::config::{Config, Environment};

use crate::{
    files::text,
    model::{Model, strings},
    shell::prepare,
};

/// `docker/twilight.toml` as the container `service` sees it, its secrets in `data`.
fn seen_by(service: &str, file: &str, data: &Path) -> Config {
    let secrets = data.join("secrets").join(service);
    let text = text(file).replace("/run/secrets/", &format!("{}/", secrets.display()));
    let model = Model::read("docker-compose.yml");
    let environment = model.services[service]["environment"].as_object().unwrap().clone();
    let environment: Environment =
        environment.iter().map(|(key, value)| (key.clone(), value.as_str().unwrap())).collect();
    Config::from_toml(&text, file, &environment).unwrap()
}

#[test]
fn every_daemon_starts_with_the_secrets_that_are_drawn_for_it() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let config = |service: &str| seen_by(service, "docker/twilight.toml", folder.path());
    assert!(!config("warehouse-api").warehouse_api().unwrap().tokens.is_empty());
    assert!(config("gateway-proxy").gateway_proxy().unwrap().search.unwrap().anonymous);
    config("profile-registry").profile_registry().unwrap();
    config("quality-worker").quality_worker().unwrap();
    config("twilight").gateway_admin().unwrap();
    seen_by("replica-watch", "docker/replica-watch.toml", folder.path()).quality_worker().unwrap();
    // Only a vendor can give that one.
    let missing = config("ingest-worker").ingest_worker().unwrap_err().to_string();
    assert!(missing.contains("tushare_token"), "{missing}");
    std::fs::write(folder.path().join("secrets/ingest-worker/tushare_token"), "a-token-of-the-vendor").unwrap();
    config("ingest-worker").ingest_worker().unwrap();
}

#[test]
fn the_queues_of_the_primary_follow_one_variable() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let queue = seen_by("warehouse-api", "docker/twilight.toml", folder.path()).queue().unwrap();
    for name in ["ingest", "quality", "warehouse-write", "gateway"] {
        assert_eq!(queue.url(name).expose(), "redis://redis-queue:6379/", "{name}");
    }
    let lines = ["serving", "gateway"].map(|file| text(&format!("docker/compose/{file}.yml"))).concat();
    let followed = lines.matches("${TWILIGHT_PRIMARY_REDIS:-redis://redis-queue:6379/}").count();
    assert_eq!(followed, 7, "warehouse-api and the tools send to three queues, the gateway to one");
}

#[test]
fn daemons_listen_where_their_neighbours_look_for_them() {
    let config =
        Config::from_toml(&text("docker/twilight.toml"), "docker/twilight.toml", &Environment::default()).unwrap();
    let model = Model::read("docker-compose.yml");
    for (daemon, port) in [
        ("warehouse-api", 8000),
        ("gateway-proxy", 3000),
        ("profile-registry", 8200),
        ("ingest-worker", 8101),
        ("quality-worker", 8102),
    ] {
        let listen = config.listen(daemon).unwrap();
        assert!(listen.ip().is_unspecified() && listen.port() == port, "{daemon}: {listen}");
        for published in strings(&model.services[daemon]["ports"]) {
            assert_eq!(published, format!("127.0.0.1:{port}:{port}"), "{daemon}");
        }
    }
    // Names in addresses are names of services.
    let ports = [
        ("redis-queue", 6379),
        ("redis-cache", 6379),
        ("searxng", 8080),
        ("aktools", 8080),
        ("gateway-proxy", 3000),
        ("warehouse-api", 8000),
        ("profile-registry", 8200),
        ("ingest-worker", 8101),
        ("quality-worker", 8102),
        ("replica-watch", 8102),
    ];
    for (at, _) in text("docker/twilight.toml").match_indices("://") {
        let text = text("docker/twilight.toml");
        let address = text[at + 3..].split(['"', '/', '\n']).next().unwrap();
        let known = ports.iter().any(|(name, port)| address == format!("{name}:{port}"));
        let outside = address.starts_with("127.0.0.1:") || address.ends_with("example.com");
        assert!(known || outside, "{address}");
    }
}

#[test]
fn addresses_that_are_believed_are_those_of_our_own_containers() {
    let model = Model::read("docker-compose.yml");
    let address = |name: &str| model.services[name]["networks"]["default"]["ipv4_address"].as_str().unwrap().to_owned();
    let believed = |section: &str| -> BTreeSet<String> {
        let file: toml::Value = toml::from_str(&text("docker/twilight.toml")).unwrap();
        let section = section.split('.').fold(&file, |at, key| &at[key]);
        section["trusted_proxies"].as_array().unwrap().iter().map(|a| a.as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(believed("gateway-proxy.search"), [address("warehouse-api"), address("edge")].into());
    assert_eq!(believed("profile-registry"), [address("edge")].into());
    assert_eq!(believed("console"), [address("edge")].into());
    // Who is believed brings nothing along that a stranger said.
    assert!(text("docker/edge/Caddyfile").contains("header_up -X-Twilight-Caller"));
}

#[test]
fn what_the_environment_says_is_known_to_the_configuration() {
    let example = text("twilight.example.toml");
    let mut known: BTreeSet<String> = ["TWILIGHT_CONFIG", "TWILIGHT_LOG"].map(str::to_owned).into();
    let mut section = String::new();
    for line in example.lines().map(|line| line.trim_start_matches("# ")) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.split(']').next()) {
            name.trim_start_matches('[').clone_into(&mut section);
        } else if let Some((key, _)) = line.split_once(" = ") {
            let name = format!("TWILIGHT_{section}_{key}").to_uppercase().replace(['-', '.'], "_");
            known.insert(name);
        }
    }
    // The example names one queue for all.
    for queue in ["INGEST", "WAREHOUSE_WRITE", "QUALITY", "PROVISION", "GATEWAY"] {
        known.insert(format!("TWILIGHT_QUEUE_URLS_{queue}"));
    }
    let model = Model::read("docker-compose.yml");
    let mut seen = 0;
    for (name, service) in model.ours() {
        for key in service["environment"]
            .as_object()
            .into_iter()
            .flat_map(|keys| keys.keys())
            .filter(|key| key.starts_with("TWILIGHT_"))
        {
            assert!(known.contains(key), "{name}: nobody reads {key}");
            seen += 1;
        }
    }
    assert!(seen >= 10, "{seen}");
    // What .env may hold is what the files ask for, with the same defaults.
    let files = ["redis", "gateway", "serving", "primary", "edge"]
        .map(|file| text(&format!("docker/compose/{file}.yml")))
        .concat();
    for line in text("docker/env.example").lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (key, value) = line.split_once('=').unwrap();
        let default = if key == "TWILIGHT_DOMAIN" { "" } else { value };
        assert!(files.contains(&format!("${{{key}:-{default}}}")), "{line}");
    }
}

#[test]
fn memory_that_daemons_may_use_leaves_room_below_their_limits() {
    let config =
        Config::from_toml(&text("docker/twilight.toml"), "docker/twilight.toml", &Environment::default()).unwrap();
    let model = Model::read("docker-compose.yml");
    let limit = |name: &str| u32::try_from(crate::model::bytes(&model.services[name]["mem_limit"]) >> 20).unwrap();
    assert_eq!(config.warehouse().memory_limit_mb, 640);
    assert!(config.warehouse().memory_limit_mb + 256 <= limit("ingest-worker"));
    assert!(config.quality_worker().unwrap().memory_limit_mb + 256 <= limit("quality-worker"));
    let watch =
        Config::from_toml(&text("docker/replica-watch.toml"), "docker/replica-watch.toml", &Environment::default());
    let watch = watch.unwrap().quality_worker().unwrap();
    assert!(watch.memory_limit_mb <= 64 && watch.memory_limit_mb < limit("replica-watch"));
}
