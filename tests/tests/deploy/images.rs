//! `docker/Dockerfile` and what goes into a build.

use std::{collections::BTreeMap, fs, process::Command};

use cargo_metadata::MetadataCommand;

use crate::files::{DAEMONS, root, text};

/// The instructions of each stage, continued lines joined.
fn stages() -> BTreeMap<String, Vec<String>> {
    let joined = text("docker/Dockerfile").replace("\\\n", " ");
    let mut stages: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut current = String::new();
    for line in joined.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some((_, name)) = line.strip_prefix("FROM ").and_then(|from| from.split_once(" AS ")) {
            name.clone_into(&mut current);
        }
        stages.entry(current.clone()).or_default().push(line.to_owned());
    }
    stages
}

#[test]
fn every_daemon_has_a_target_with_its_own_user_health_check_and_process_one() {
    let stages = stages();
    for daemon in DAEMONS {
        let lines = &stages[daemon];
        assert!(lines.contains(&"USER twilight".to_owned()), "{daemon}: {lines:#?}");
        assert!(lines.contains(&format!("ENTRYPOINT [\"/usr/bin/tini\", \"--\", \"{daemon}\"]")), "{daemon}");
        let check = format!("CMD [\"{daemon}\", \"--check-health\"]");
        assert!(lines.iter().any(|line| line.starts_with("HEALTHCHECK") && line.ends_with(&check)), "{daemon}");
        assert!(lines.contains(&format!("COPY --from=binaries /bin/{daemon} /usr/local/bin/")), "{daemon}");
    }
    assert!(stages.contains_key("twilight") && stages.contains_key("aktools"));
    let made = stages["runtime"].iter().find(|line| line.contains("useradd")).unwrap();
    assert!(made.contains("--uid 10001") && made.contains("nologin"), "{made}");
}

#[test]
fn base_images_and_packages_have_whole_versions() {
    let bases: Vec<String> =
        text("docker/Dockerfile").lines().filter_map(|line| line.strip_prefix("ARG ")).map(str::to_owned).collect();
    for name in ["DEBIAN", "RUST", "NODE", "PYTHON"] {
        let base = bases.iter().find_map(|base| base.strip_prefix(&format!("{name}="))).unwrap();
        let tag = base.split_once(':').unwrap().1;
        let dated = tag.split('-').any(|part| part.len() == 8 && part.parse::<u32>().is_ok());
        let numbered = tag.split(['.', '-']).take(3).all(|part| part.parse::<u32>().is_ok());
        assert!(dated || numbered, "{base} may be another one tomorrow");
        assert!(tag.ends_with("-slim") || tag.contains("slim-"), "{base}");
    }
    let rust = bases.iter().find_map(|base| base.strip_prefix("RUST=rust:")).unwrap();
    let needed = text("Cargo.toml")
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = ").map(|v| v.trim_matches('"').to_owned()));
    assert!(rust.starts_with(&needed.unwrap()), "{rust} does not compile this workspace");
    let packages = &stages()["aktools"][1];
    assert!(packages.contains("aktools==") && packages.contains("akshare=="), "{packages}");
}

#[test]
fn the_layer_of_dependencies_holds_the_workspace_without_our_code() {
    let folder = tempfile::tempdir().unwrap();
    let skeleton = folder.path().join("skeleton");
    let made = Command::new("sh").arg(root().join("docker/skeleton.sh")).arg(root()).arg(&skeleton).status().unwrap();
    assert!(made.success());
    let manifest = skeleton.join("Cargo.toml");
    // Cargo refuses a manifest that names a target without a file.
    let of = |manifest: &std::path::Path| MetadataCommand::new().manifest_path(manifest).no_deps().exec().unwrap();
    let (thin, whole) = (of(&manifest), of(&root().join("Cargo.toml")));
    let bins = |metadata: &cargo_metadata::Metadata| -> Vec<String> {
        let targets = metadata.packages.iter().flat_map(|package| &package.targets);
        let mut names: Vec<String> = targets.filter(|target| target.is_bin()).map(|t| t.name.clone()).collect();
        names.sort();
        names
    };
    assert_eq!(bins(&thin), bins(&whole));
    let code: Vec<_> = thin.packages.iter().flat_map(|package| &package.targets).map(|t| t.src_path.clone()).collect();
    assert!(code.iter().all(|file| fs::read_to_string(file).unwrap().lines().count() <= 1));
}

#[test]
fn nothing_private_or_large_enters_a_build() {
    let ignored = text(".dockerignore");
    let mut lines = ignored.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    assert_eq!(lines.next(), Some("**"), "everything is left out that is not named");
    let named: Vec<&str> = lines.filter_map(|line| line.strip_prefix('!')).collect();
    for path in &named {
        assert!(root().join(path).exists() || *path == "docker/dist", "{path} is not there");
        assert!(
            !["data", "secrets", "target", ".git", "docker", "."].contains(path),
            "{path} holds what is private or large"
        );
    }
    // What the build runs and copies is named.
    for needed in ["docker/skeleton.sh", "docker/dist.sh", "scripts/setup-libduckdb.sh", "docker/dist", "Cargo.lock"] {
        assert!(named.contains(&needed), "{needed}");
    }
}

#[test]
fn the_script_builds_every_target() {
    let script = text("scripts/images.sh");
    let targets =
        script.lines().find_map(|line| line.strip_prefix("targets=${targets:-")).unwrap().trim_end_matches('}');
    let mut targets: Vec<&str> = targets.split(' ').collect();
    targets.sort_unstable();
    let mut built: Vec<String> = stages()
        .into_iter()
        .filter(|(_, lines)| lines.iter().any(|l| l.starts_with("ENTRYPOINT")))
        .map(|(name, _)| name)
        .collect();
    built.sort();
    assert_eq!(targets, built);
}
