//! The templates we ship: rendered, checked against what a real Hermes reads and what the registry takes.

use std::{collections::BTreeSet, path::Path};

use super::{
    super::{Files, Host, Template, Values, for_host, shipped},
    text,
};
use crate::{
    allow_list::{self, Kind},
    hermes_keys::unknown_keys,
    json, secret_scan,
    secrets_schema::Source,
    yaml::{Node, parse},
};

fn rendered() -> impl Iterator<Item = (&'static str, Files)> {
    shipped().map(|(name, files)| {
        let values = Values::from([
            ("USER_NAME".to_owned(), "李雷".to_owned()),
            ("TELEGRAM_USER".to_owned(), "123456789".to_owned()),
            ("PROFILE".to_owned(), "li-lei".to_owned()),
        ]);
        let template = Template::read(&files).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, template.render(&values).unwrap_or_else(|error| panic!("{name}: {error}")).files)
    })
}

#[test]
fn every_template_renders_with_who_the_user_is_and_what_the_profile_is_called() {
    let names: Vec<&str> = rendered().map(|(name, _)| name).collect();
    assert_eq!(names, ["template-crypto", "template-stock-research-lite", "template-stock-research-pro"]);
    for (name, files) in rendered() {
        for path in ["config.yaml", "SOUL.md", "AGENTS.md", "CLAUDE.md", "secrets.schema.json", "cron/jobs.json"] {
            assert!(!text(&files, path).contains("{{"), "{name}/{path}");
        }
        assert!(text(&files, "SOUL.md").contains("李雷"), "{name}");
    }
}

#[test]
fn what_is_embedded_is_what_lies_in_the_folder() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../templates"));
    let mut folders = BTreeSet::new();
    for entry in std::fs::read_dir(root).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir()) {
        folders.insert(entry.file_name().into_string().unwrap());
    }
    assert_eq!(folders, shipped().map(|(name, _)| name.to_owned()).collect());
    for (name, files) in shipped() {
        let mut count = 0;
        let mut left = vec![root.join(name)];
        while let Some(folder) = left.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    left.push(path);
                } else {
                    let inner = path.strip_prefix(root.join(name)).unwrap().to_str().unwrap();
                    assert_eq!(files.get(inner), Some(&std::fs::read(&path).unwrap()), "{name}/{inner}");
                    count += 1;
                }
            }
        }
        assert_eq!(count, files.len(), "{name}");
    }
}

#[test]
fn hermes_reads_every_key() {
    for (name, files) in rendered() {
        for host in [None, Some(Host { profile_dir: "/srv/li-lei", serving: true })] {
            let files = host.map_or_else(|| files.clone(), |host| for_host(&files, host).unwrap());
            let config = parse(&text(&files, "config.yaml")).unwrap();
            assert_eq!(unknown_keys(&config), [""; 0], "{name}");
            let at = |path: &[&str]| config.at(path).and_then(Node::as_text).map(str::to_owned);
            assert_eq!(at(&["model", "provider"]).as_deref(), Some("custom"));
            assert_eq!(at(&["model", "base_url"]).as_deref(), Some("http://127.0.0.1:3000/v1"));
            assert_eq!(at(&["model", "api_key"]).as_deref(), Some("${TWILIGHT_GATEWAY_TOKEN}"));
            assert_eq!(at(&["web", "search_backend"]).as_deref(), Some("searxng"));
            assert_eq!(at(&["terminal", "cwd"]).as_deref(), host.map(|_| "/srv/li-lei/workspace"));
        }
    }
}

#[test]
fn the_registry_takes_every_file_and_finds_no_secret_in_it() {
    for (name, files) in rendered() {
        for (path, bytes) in &files {
            let allowed = allow_list::classify(path).unwrap_or_else(|refused| panic!("{name}/{path}: {refused}"));
            assert!(bytes.len() as u64 <= allowed.bytes_max, "{name}/{path}");
            assert_eq!(secret_scan::scan(path, bytes), [], "{name}/{path}");
        }
        assert_eq!(allow_list::classify("cron/jobs.json").unwrap().kind, Kind::JsonJobs);
    }
}

#[test]
fn what_skills_jobs_and_settings_need_is_in_the_schema() {
    for (name, files) in shipped() {
        let values = Values::from([
            ("USER_NAME".to_owned(), "x".to_owned()),
            ("TELEGRAM_USER".to_owned(), "1".to_owned()),
            ("PROFILE".to_owned(), "x".to_owned()),
            ("GATEWAY_URL".to_owned(), "https://gw.example:3000".to_owned()),
        ]);
        let rendered = Template::read(&files).unwrap().render(&values).unwrap();
        let settings: Vec<_> = rendered.secrets.settings().collect();
        assert!(settings.contains(&("SEARXNG_URL", "https://gw.example:3000")), "{name}: {settings:?}");
        let token = rendered.secrets.entries().iter().find(|entry| entry.name == "TWILIGHT_API_TOKEN").unwrap();
        assert_eq!(token.source, Source::Generated(vec!["read".to_owned(), "search".to_owned()]));
        assert!(token.required && token.problem_of(&format!("tw-{}", "0".repeat(64))).is_none());

        let config = parse(&text(&rendered.files, "config.yaml")).unwrap();
        let passed = config.at(&["terminal", "env_passthrough"]).unwrap().as_list().unwrap();
        let mut skills = BTreeSet::new();
        for (path, bytes) in rendered.files.iter().filter(|(path, _)| path.starts_with("skills/")) {
            let skill = String::from_utf8(bytes.clone()).unwrap();
            let front = parse(skill.split("---\n").nth(1).unwrap()).unwrap();
            let skill_name = front.at(&["name"]).unwrap().as_text().unwrap().to_owned();
            assert_eq!(path, &format!("skills/{skill_name}/SKILL.md"));
            assert!(front.at(&["description"]).unwrap().as_text().unwrap().len() <= 1_024, "{path}");
            for variable in front.at(&["required_environment_variables"]).unwrap().as_list().unwrap() {
                let variable = variable.at(&["name"]).unwrap();
                assert!(passed.contains(variable), "{path}: {variable:?}");
                assert!(rendered.secrets.entries().iter().any(|entry| Some(entry.name.as_str()) == variable.as_text()));
            }
            skills.insert(skill_name);
        }
        let jobs = json::parse(&rendered.files["cron/jobs.json"]).unwrap();
        let jobs = jobs.at(&["jobs"]).unwrap().as_list().unwrap();
        assert!(!jobs.is_empty());
        for skill in jobs.iter().flat_map(|job| job.at(&["skills"]).unwrap().as_list().unwrap()) {
            assert!(skills.contains(skill.as_text().unwrap()), "{name}: {skill:?}");
        }
    }
}

/// A skill that teaches a route or a figure which is not there would make the agent fail in front of its user.
#[test]
fn skills_teach_only_what_the_api_has() {
    let api = include_str!("../../../../../docs/api.md");
    for (name, files) in shipped() {
        let skill = text(&files, "skills/twilight-warehouse/SKILL.md");
        let marks = |start: &str| -> Vec<String> {
            let end = |rest: &str| {
                rest.find(|char: char| !char.is_ascii_alphanumeric() && !"/_-".contains(char)).unwrap_or(rest.len())
            };
            skill
                .match_indices(start)
                .map(|(at, _)| skill[at..][..start.len() + end(&skill[at + start.len()..])].to_owned())
                .collect()
        };
        let routes = [marks("/warehouse/"), marks("/quality/")].concat();
        assert!(routes.len() > 8, "{routes:?}");
        for route in routes {
            assert!(api.contains(&format!("`GET {route}")), "{name}: {route}");
        }
        let quoted: BTreeSet<&str> = skill.split('`').skip(1).step_by(2).collect();
        let words = quoted.iter().filter(|word| {
            word.contains('_')
                && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        });
        let unknown: Vec<_> = words.filter(|word| !api.contains(**word)).collect();
        assert_eq!(unknown, [&""; 0], "{name}");
    }
}
