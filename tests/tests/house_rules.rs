//! House rules, held by a test over the tracked files.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const LINES_MAX: usize = 450;
const MAIN_LINES_MAX: usize = 80;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Text files of the project with their paths from the root: what git tracks, or will once it is added.
fn files() -> Vec<(String, String)> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        .current_dir(root())
        .output()
        .ok()
        .filter(|output| output.status.success() && !output.stdout.is_empty());
    let paths: Vec<String> = match listed {
        Some(output) => String::from_utf8(output.stdout).unwrap().split_terminator('\0').map(str::to_owned).collect(),
        // A tree without git, as in a source archive.
        None => walk(&root()),
    };
    // Deleted but not yet committed, or no text: nothing to read.
    let read = |path: String| fs::read_to_string(root().join(&path)).ok().map(|text| (path, text));
    let files: Vec<_> = paths.into_iter().filter_map(read).collect();
    assert!(files.iter().any(|(path, _)| path == "Cargo.toml"), "the project's files are seen");
    files
}

fn walk(folder: &Path) -> Vec<String> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !["target", "data", ".libduckdb", ".tools", ".git"].contains(&name.as_str()) {
            paths.extend(walk(&path));
        } else if path.is_file() {
            paths.push(path.strip_prefix(root()).unwrap().to_string_lossy().into_owned());
        }
    }
    paths
}

fn rust_files() -> Vec<(String, String)> {
    files().into_iter().filter(|(path, _)| path.ends_with(".rs")).collect()
}

/// `path:line: text` of every line that `matches`.
fn lines(files: &[(String, String)], matches: impl Fn(&str) -> bool) -> Vec<String> {
    let in_file = |(path, text): &(String, String)| {
        let numbered = text.lines().enumerate().filter(|(_, line)| matches(line));
        numbered.map(|(index, line)| format!("{path}:{}: {}", index + 1, line.trim())).collect::<Vec<_>>()
    };
    files.iter().flat_map(in_file).collect()
}

#[track_caller]
fn assert_none(rule: &str, found: &[String]) {
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}

#[test]
fn no_source_file_is_longer_than_one_purpose() {
    let long = |(path, text): (String, String)| {
        let (count, most) = (text.lines().count(), if path.ends_with("/main.rs") { MAIN_LINES_MAX } else { LINES_MAX });
        (count > most).then(|| format!("{path}: {count} lines, at most {most}"))
    };
    assert_none("split these files", &rust_files().into_iter().filter_map(long).collect::<Vec<_>>());
}

#[test]
fn lib_and_mod_files_hold_no_functions() {
    let named = |path: &str| path.ends_with("/lib.rs") || path.ends_with("/mod.rs");
    let files: Vec<_> = rust_files().into_iter().filter(|(path, _)| named(path)).collect();
    let is_function = |line: &str| {
        let line = line.trim_start();
        let words = line.split(['(', '<']).next().unwrap_or_default();
        let line = line.strip_prefix("pub").filter(|_| words.starts_with("pub")).unwrap_or(line);
        let line = line.split_once(") ").filter(|_| line.starts_with('(')).map_or(line, |(_, rest)| rest);
        let mut words = line.split_whitespace().skip_while(|word| ["async", "const", "unsafe"].contains(word));
        words.next() == Some("fn")
    };
    assert_none("move these functions to a file named for what they do", &lines(&files, is_function));
}

#[test]
fn nothing_is_unfinished_or_switched_off() {
    // Put together here, so that this file does not match itself.
    let marks = [["todo", "!("], ["unimplemented", "!("], ["dbg", "!("], ["#[", "ignore"]].map(|parts| parts.concat());
    assert_none("finish these", &lines(&rust_files(), |line| marks.iter().any(|mark| line.contains(mark))));
}

#[test]
fn no_test_sleeps() {
    let is_test = |path: &str| path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("/tests.rs");
    let mut files: Vec<_> = rust_files();
    for (path, text) in &mut files {
        if !is_test(path) {
            // Of the other files only the test module, which stands last; blank lines keep the numbers right.
            let start = text.find("#[cfg(test)]\nmod ").unwrap_or(text.len());
            *text = "\n".repeat(text[..start].lines().count()) + &text[start..];
        }
    }
    let sleeps = ["thread", "time"].map(|module| format!("{module}::{}(", "sleep"));
    let found = lines(&files, |line| sleeps.iter().any(|sleep| line.contains(sleep)));
    assert_none("wait on a condition with a bound, or pass the clock in", &found);
}

#[test]
fn no_file_names_a_folder_of_one_machine() {
    let folders = ["work", "farm", "root"].map(|name| format!("/{name}/"));
    let names_one = |line: &str| {
        folders.iter().any(|folder| {
            line.match_indices(folder.as_str()).any(|(at, _)| {
                line[at + folder.len()..].starts_with(|next: char| next.is_ascii_lowercase() || next == '.')
            })
        })
    };
    assert_none("paths that only one machine has", &lines(&files(), names_one));
}

#[test]
fn no_file_names_a_package_registrys_host() {
    let hosts = [("crates", "io"), ("npmjs", "org"), ("npmjs", "com"), ("pypi", "org"), ("pythonhosted", "org")];
    let hosts: Vec<String> = hosts.iter().map(|(name, domain)| format!("{name}.{domain}")).collect();
    let mut files = files();
    // cargo writes the lock file.
    files.retain(|(path, _)| path != "Cargo.lock");
    let names_one = |line: &str| hosts.iter().any(|host| line.contains(host.as_str()));
    assert_none("registries are reached through their clients' own settings", &lines(&files, names_one));
}

#[test]
fn every_library_and_module_says_what_it_is_for() {
    let top = |path: &str| path.ends_with("/lib.rs") || path.ends_with("/main.rs");
    let silent = |(path, text): (String, String)| (top(&path) && !text.starts_with("//!")).then_some(path);
    assert_none("these begin without a module doc", &rust_files().into_iter().filter_map(silent).collect::<Vec<_>>());
}

/// A file that no `mod` names is never compiled: what it tests is not tested.
#[test]
fn every_source_file_is_part_of_a_crate() {
    let files = rust_files();
    let roots = ["examples", "benches", "tests", "bin"];
    let mut orphans = Vec::new();
    for (path, _) in &files {
        let path = Path::new(path);
        let (folder, stem) = (path.parent().unwrap(), path.file_stem().unwrap().to_str().unwrap());
        let is_root = matches!(stem, "main" | "lib" | "build")
            || folder.file_name().is_some_and(|name| roots.iter().any(|root| name == *root));
        if is_root {
            continue;
        }
        // `a/mod.rs` is module `a` of what stands beside the folder `a`.
        let (name, parent) = if stem == "mod" {
            (folder.file_name().unwrap().to_str().unwrap(), folder.parent().unwrap())
        } else {
            (stem, folder)
        };
        let owners =
            [parent.join("mod.rs"), parent.join("lib.rs"), parent.join("main.rs"), parent.with_extension("rs")];
        let declares = |text: &str| {
            text.lines()
                .any(|line| line.trim().rsplit(' ').next() == Some(&format!("{name};")) && line.contains("mod "))
        };
        let is_declared = |owner: &PathBuf| {
            files
                .iter()
                .any(|(other, text)| Path::new(other) == owner && other != path.to_str().unwrap() && declares(text))
        };
        if !owners.iter().any(is_declared) {
            orphans.push(path.display().to_string());
        }
    }
    assert_none("a source file belongs to a crate", &orphans);
}

/// Manuals name the tests that hold what they say.
#[test]
fn every_test_that_a_manual_names_is_there() {
    let sources = rust_files();
    for (manual, least) in [("docs/gateway.md", 40), ("docs/profiles.md", 40)] {
        let text = fs::read_to_string(root().join(manual)).unwrap();
        // `file::name`, or `folder/file::name` … as in their tables.
        let is_name = |word: &&str| {
            word.len() > 12
                && word.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
        };
        let named: Vec<(&str, &str)> = text
            .split('`')
            .skip(1)
            .step_by(2)
            .filter_map(|code| code.rsplit_once("::"))
            .filter(|(_, name)| is_name(name))
            .collect();
        assert!(named.len() >= least, "the tables of {manual} name their tests: {named:?}");
        let is_there = |(module, name): &(&str, &str)| {
            let file = format!("/{}.rs", module.rsplit(['/', ':']).next().unwrap_or(module));
            sources.iter().any(|(path, text)| path.ends_with(&file) && text.contains(&format!("fn {name}(")))
        };
        let missing: Vec<String> =
            named.iter().filter(|test| !is_there(test)).map(|(module, name)| format!("{module}::{name}")).collect();
        assert_none(&format!("a test that {manual} names exists"), &missing);
    }
}
