//! A profile on the host that serves it, and on another.

use super::{
    super::{Files, Host, for_host, from_host},
    render, text,
};
use crate::{json, yaml::parse};

const SERVING: Host<'_> = Host { profile_dir: "/home/u/.hermes/profiles/li", serving: true };
const OTHER: Host<'_> = Host { profile_dir: "/Users/u/.hermes/profiles/li", serving: false };

fn committed() -> Files {
    render(&[]).unwrap()
}

fn edited(files: &Files, path: &str, from: &str, to: &str) -> Files {
    let mut files = files.clone();
    let old = text(&files, path);
    assert!(old.contains(from), "{from} in {old}");
    files.insert(path.to_owned(), old.replace(from, to).into_bytes());
    files
}

#[test]
fn agents_md_stands_where_hermes_reads_it_and_jobs_run_on_one_host() {
    for host in [SERVING, OTHER] {
        let laid_out = for_host(&committed(), host).unwrap();
        assert_eq!(laid_out["workspace/AGENTS.md"], b"Work.\n");
        let config = parse(&text(&laid_out, "config.yaml")).unwrap();
        let cwd = format!("{}/workspace", host.profile_dir);
        assert_eq!(config.at(&["terminal", "cwd"]).unwrap().as_text(), Some(cwd.as_str()));
        let jobs = text(&laid_out, "cron/jobs.json");
        assert_eq!(jobs.contains("\"enabled\": true"), host.serving, "{jobs}");
    }
}

#[test]
fn what_nobody_changed_comes_back_byte_for_byte() {
    for host in [SERVING, OTHER] {
        let laid_out = for_host(&committed(), host).unwrap();
        assert_eq!(from_host(&laid_out, &committed(), host).unwrap(), committed());
    }
}

#[test]
fn what_hermes_does_to_the_files_is_no_change_and_what_a_person_does_is() {
    let laid_out = for_host(&committed(), OTHER).unwrap();
    // A save by the scheduler: another layout, state, a stamp.
    let saved = json::parse(&laid_out["cron/jobs.json"]).unwrap();
    let mut saved = saved;
    saved.put(&["updated_at"], crate::yaml::Node::text("2026-11-22T09:00:00"));
    let mut local = laid_out.clone();
    local.insert(
        "cron/jobs.json".to_owned(),
        json::emit(&saved).replace("\"enabled\"", "\"last_status\": \"ok\", \"enabled\"").into_bytes(),
    );
    assert_eq!(from_host(&local, &committed(), OTHER).unwrap(), committed());

    let local = edited(&local, "cron/jobs.json", "Greet Li", "Greet everybody");
    let local = edited(&local, "config.yaml", "qwen-max", "glm-5");
    let back = from_host(&local, &committed(), OTHER).unwrap();
    assert_eq!(text(&back, "config.yaml"), text(&committed(), "config.yaml").replace("qwen-max", "glm-5"));
    let jobs = text(&back, "cron/jobs.json");
    assert!(jobs.contains("Greet everybody") && jobs.contains("\"enabled\": true"), "{jobs}");
    assert!(!jobs.contains("last_status"), "{jobs}");
    assert!(!back.contains_key("workspace/AGENTS.md"));
}

#[test]
fn a_job_that_the_serving_host_switches_off_is_off() {
    let local =
        edited(&for_host(&committed(), SERVING).unwrap(), "cron/jobs.json", "\"enabled\": true", "\"enabled\": false");
    let back = from_host(&local, &committed(), SERVING).unwrap();
    assert!(text(&back, "cron/jobs.json").contains("\"enabled\": false"));
}

#[test]
fn an_edit_of_the_copy_is_an_edit_unless_the_source_was_edited_too() {
    let laid_out = for_host(&committed(), SERVING).unwrap();
    let copy_edited = edited(&laid_out, "workspace/AGENTS.md", "Work.", "Work harder.");
    assert_eq!(from_host(&copy_edited, &committed(), SERVING).unwrap()["AGENTS.md"], b"Work harder.\n");
    let both = edited(&copy_edited, "AGENTS.md", "Work.", "Rest.");
    assert_eq!(from_host(&both, &committed(), SERVING).unwrap()["AGENTS.md"], b"Rest.\n");
}

#[test]
fn a_working_directory_of_the_users_own_is_kept() {
    let laid_out = for_host(&committed(), SERVING).unwrap();
    let local = edited(&laid_out, "config.yaml", "/home/u/.hermes/profiles/li/workspace", "/srv/desk");
    let back = from_host(&local, &committed(), SERVING).unwrap();
    assert!(text(&back, "config.yaml").contains("cwd: \"/srv/desk\""));
}

#[test]
fn a_working_folder_that_somebody_named_stays() {
    let mut files = committed();
    files.insert("config.yaml".to_owned(), b"terminal:\n  cwd: /srv/work\n".to_vec());
    assert_eq!(for_host(&files, SERVING).unwrap()["config.yaml"], files["config.yaml"]);
    assert_eq!(from_host(&for_host(&files, OTHER).unwrap(), &files, OTHER).unwrap(), files);
}

#[test]
fn a_job_that_says_nothing_of_being_enabled_comes_back_as_it_was() {
    let mut files = committed();
    files.insert("cron/jobs.json".to_owned(), br#"{"jobs": [{"id": "a", "prompt": "x"}]}"#.to_vec());
    let laid_out = for_host(&files, OTHER).unwrap();
    let edited = edited(&laid_out, "cron/jobs.json", "\"x\"", "\"y\"");
    let back = from_host(&edited, &files, OTHER).unwrap();
    assert!(!text(&back, "cron/jobs.json").contains("enabled"), "{}", text(&back, "cron/jobs.json"));
}
