//! `cron/jobs.json` on two hosts.

use super::{
    super::{Why, authored},
    Kind, clean, conflicts, merged,
};
use crate::json;

fn job(id: &str, prompt: &str, state: &str) -> String {
    format!(
        r#"{{"id":"{id}","name":"{id}","prompt":"{prompt}","schedule":{{"kind":"cron","expr":"0 9 * * 1-5","display":"0 9 * * 1-5"}},
        "repeat":{{"times":null,"completed":{}}},"enabled":true,"next_run_at":"{state}","last_status":"{state}"}}"#,
        state.len()
    )
}

fn file(jobs: &[String], stamp: &str) -> String {
    format!(r#"{{"jobs":[{}],"updated_at":"{stamp}"}}"#, jobs.join(","))
}

#[test]
fn jobs_merge_by_id_and_field_and_the_schedulers_state_stays_ours() {
    let base = file(&[job("a", "1", "x"), job("b", "1", "x")], "t0");
    let ours = file(&[job("b", "2", "ours"), job("a", "1", "ours")], "t1");
    let theirs = file(&[job("a", "3", "theirs!"), job("c", "9", "theirs!"), job("b", "1", "theirs!")], "t2");
    let outcome = merged(Kind::Jobs, &base, &ours, &theirs);
    let (text, _) = clean(&outcome);
    let read = json::parse(text.as_bytes()).unwrap();
    let jobs: Vec<_> = read.at(&["jobs"]).unwrap().as_list().unwrap().iter().collect();
    let field = |name: &str| -> Vec<Option<&str>> {
        jobs.iter().map(|job| job.at(&[name]).and_then(|value| value.as_text())).collect()
    };
    assert_eq!(field("id"), [Some("b"), Some("a"), Some("c")]);
    assert_eq!(field("prompt"), [Some("2"), Some("3"), Some("9")]);
    assert_eq!(field("last_status"), [Some("ours"), Some("ours"), None]);
    assert_eq!(jobs[0].at(&["repeat", "completed"]).unwrap().as_int(), Some(4));
    assert_eq!(read.at(&["updated_at"]).unwrap().as_text(), Some("t1"));
}

#[test]
fn a_run_of_the_scheduler_is_no_edit() {
    let base = file(&[job("a", "1", "x"), job("b", "1", "x")], "t0");
    let deleted = file(&[job("b", "1", "x")], "t1");
    let ran = file(&[job("a", "1", "ran"), job("b", "1", "ran")], "t2");
    for (ours, theirs) in [(&deleted, &ran), (&ran, &deleted)] {
        let outcome = merged(Kind::Jobs, &base, ours, theirs);
        assert!(!clean(&outcome).0.contains(r#""id": "a""#), "the deletion stands");
    }
    assert_eq!(authored(base.as_bytes()), authored(ran.as_bytes()), "and git sees no difference");
    assert_eq!(authored(&authored(base.as_bytes()).unwrap()), authored(base.as_bytes()));
}

#[test]
fn the_same_field_of_a_job_is_a_conflict() {
    let of = |prompt: &str| file(&[job("a", prompt, "x")], "t");
    let outcome = merged(Kind::Jobs, &of("1"), &of("2"), &of("3"));
    let [conflict] = conflicts(&outcome) else { panic!("{outcome:?}") };
    assert_eq!((conflict.path.as_str(), &conflict.why), ("jobs.a.prompt", &Why::BothChanged));
    let outcome = merged(Kind::Jobs, &of("1"), &file(&[], "t"), &of("3"));
    assert_eq!(conflicts(&outcome)[0].why, Why::DeletedAndChanged);
}

#[test]
fn a_file_with_two_jobs_of_one_id_is_not_merged() {
    let twice = file(&[job("a", "1", "x"), job("a", "2", "x")], "t");
    let outcome = merged(Kind::Jobs, &file(&[], "t"), &file(&[job("b", "1", "x")], "t"), &twice);
    assert!(matches!(&conflicts(&outcome)[0].why, Why::Unreadable { problem, .. } if problem.contains("two jobs")));
}

#[test]
fn jobs_are_laid_out_in_the_wanted_order_with_the_state_of_this_machine() {
    let local = r#"{"jobs": [{"id": "a", "prompt": "1", "last_status": "ok"}, {"id": "gone"}], "updated_at": "now"}"#;
    let wanted = r#"{"jobs": [{"id": "b", "prompt": "2"}, {"id": "a", "prompt": "3"}]}"#;
    let laid_out = super::super::jobs_with_state(local.as_bytes(), wanted.as_bytes()).unwrap();
    let text = String::from_utf8(laid_out.clone()).unwrap();
    assert!(text.contains("\"last_status\": \"ok\"") && text.contains("now") && !text.contains("gone"), "{text}");
    assert!(super::super::same_jobs(&laid_out, wanted.as_bytes()), "{text}");
    assert!(!super::super::same_jobs(&laid_out, local.as_bytes()));
    assert!(!super::super::same_jobs(b"[]", b"[]"), "what is no file of jobs is the same as nothing");
}
