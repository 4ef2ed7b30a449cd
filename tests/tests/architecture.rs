//! The arrows between crates, held by a test over `cargo metadata`.
//!
//! `tests → bins → adapters → pure`: every dependency points the same way, adapters meet only in a bin, and each
//! outside world has one crate that knows it. A new crate has to be entered in the table here first.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use cargo_metadata::{Dependency, DependencyKind, Metadata, MetadataCommand, Package};

/// What a crate is, which decides what it may depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// No IO, no clock, no environment. (clippy.toml forbids the clock's own functions everywhere.)
    Pure,
    /// One outside world.
    Adapter,
    /// What every daemon uses.
    Kit,
    /// What some of them use, on top of the kit.
    Shared,
    /// Simulated vendors, for tests and the demo.
    Simulators,
    Bin,
    SystemTests,
}

/// All crates of the design, whether they exist yet or not.
const ROLES: &[(Role, &[&str])] = &[
    (Role::Pure, &["market-model", "market-features", "quality-rules", "route-policy"]),
    (
        Role::Adapter,
        &[
            "source-tushare",
            "source-tdx",
            "source-aktools",
            "source-yahoo",
            "source-alpha-vantage",
            "warehouse",
            "job-queue",
            "profile-store",
            "llm-upstream",
            "web-search",
            "gateway-ledger",
            "access-tokens",
            "sqlite-copy",
        ],
    ),
    (Role::Kit, &["daemon-kit"]),
    (Role::Shared, &["operator-console"]),
    (Role::Simulators, &["upstream-simulators"]),
    (
        Role::Bin,
        &[
            "ingest-worker",
            "quality-worker",
            "warehouse-api",
            "profile-registry",
            "gateway-proxy",
            "twilight",
            "hermes-profile-manager",
        ],
    ),
    (Role::SystemTests, &["system-tests"]),
];

/// What a pure crate does without: runtimes, sockets, stores, telemetry.
const IMPURE: &[&str] = &[
    "tokio",
    "tokio-util",
    "axum",
    "hyper",
    "reqwest",
    "redis",
    "duckdb",
    "rusqlite",
    "git2",
    "memmap2",
    "rustix",
    "tempfile",
    "tracing",
    "metrics",
    "rand",
    "futures",
    "anyhow",
    "toml",
    "clap",
];

/// Outside crates that only some of ours may use, outside of tests. A `*` at the end stands for the rest of a name.
const KNOWN_BY: &[(&str, &[&str])] = &[
    ("duckdb", &["warehouse"]),
    ("libduckdb*", &[]),
    ("memmap2", &["warehouse"]),
    ("apalis*", &["job-queue"]),
    ("redis", &["job-queue", "web-search", "access-tokens", "system-tests"]),
    ("git2", &["profile-store"]),
    ("rusqlite", &["gateway-ledger", "profile-registry", "sqlite-copy"]),
    ("toml", &["daemon-kit", "twilight", "gateway-proxy"]),
    ("fantoccini", &["system-tests"]),
    ("tracing-subscriber", &["daemon-kit"]),
    ("metrics-exporter-prometheus", &["daemon-kit"]),
    ("openssl*", &[]),
    ("native-tls", &[]),
    ("aws-lc*", &[]),
];

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .no_deps()
        .exec()
        .unwrap()
}

fn role(name: &str) -> Option<Role> {
    ROLES.iter().find(|(_, names)| names.contains(&name)).map(|(role, _)| *role)
}

/// Every dependency of every member that `wrong` objects to, with its reason.
fn objections(wrong: impl Fn(&Package, &Dependency) -> Option<String>) -> Vec<String> {
    let metadata = metadata();
    let packages = metadata.workspace_packages();
    assert!(packages.len() > 5, "metadata sees the workspace");
    let pairs = packages.iter().flat_map(|package| package.dependencies.iter().map(move |on| (*package, on)));
    pairs
        .filter_map(|(package, on)| Some(format!("{} -> {}: {}", package.name, on.name, wrong(package, on)?)))
        .collect()
}

fn is_for_tests(dependency: &Dependency) -> bool {
    dependency.kind == DependencyKind::Development
}

#[test]
fn every_crate_has_its_place_in_the_design() {
    for package in metadata().workspace_packages() {
        let folder = package.manifest_path.parent().unwrap().parent().unwrap().file_name().unwrap();
        let role = role(&package.name).unwrap_or_else(|| panic!("{} is not in the table of this test", package.name));
        match role {
            Role::Bin => assert_eq!(folder, "bins", "{}", package.name),
            Role::SystemTests => {}
            _ => assert_eq!(folder, "crates", "{}", package.name),
        }
    }
}

#[test]
fn dependencies_between_our_crates_point_one_way() {
    let wrong = objections(|package, on| {
        let (from, to) = (role(&package.name)?, role(&on.name)?);
        let allowed = match (from, to) {
            (Role::SystemTests, _) => true,
            (_, Role::SystemTests) => false,
            (_, Role::Pure) => !matches!(from, Role::Kit | Role::Shared),
            (Role::Bin, Role::Adapter | Role::Kit | Role::Shared) => true,
            (Role::Shared, Role::Kit) => true,
            // It brings the private Redis that tests start.
            (Role::Adapter, Role::Adapter) => is_for_tests(on) && on.name == "job-queue",
            // Only the demo may ship with simulated vendors in it.
            (_, Role::Simulators) => is_for_tests(on) || package.name == "twilight",
            _ => false,
        };
        (!allowed).then(|| format!("{from:?} must not know {to:?}"))
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn pure_crates_do_no_io_and_read_no_clock() {
    let wrong = objections(|package, on| {
        let impure = role(&package.name) == Some(Role::Pure) && !is_for_tests(on) && IMPURE.contains(&on.name.as_str());
        impure.then(|| "a pure crate".to_owned())
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_outside_world_has_one_crate_that_knows_it() {
    let wrong = objections(|package, on| {
        let (_, known_by) = KNOWN_BY.iter().find(|(name, _)| match name.strip_suffix('*') {
            Some(start) => on.name.starts_with(start),
            None => on.name == *name,
        })?;
        let allowed = is_for_tests(on) || known_by.contains(&package.name.as_str());
        (!allowed).then(|| format!("only {known_by:?} may"))
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_lock_file_holds_no_second_tls_stack() {
    let lock = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock")).unwrap();
    for name in ["openssl-sys", "native-tls", "aws-lc-rs", "aws-lc-sys"] {
        assert!(
            !lock.contains(&format!("name = \"{name}\"")),
            "{name} came in: cargo tree -i {name} says through whom"
        );
    }
}
