//! Profiles as they are read: lists, contents, files, and who sees which.

use serde_json::{Value, json};

use crate::support::{ADMIN, Answer, Running, put, text};

fn names(list: &Answer) -> Vec<String> {
    let list = list.json();
    let rows = list["profiles"].as_array().unwrap().iter();
    rows.map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_owner_lists_their_own_and_hosts_and_operators_everything() {
    let registry = Running::start().await;
    let (alice, content) = registry.profile_of(1, "alice").await;
    registry.profile_of(2, "bob").await;
    registry.owner_of(1, "empty").await;
    let host = registry.host("mini").await;
    let own = registry.get("/profiles", Some(&alice)).await;
    assert_eq!(names(&own), ["alice", "empty"]);
    let row = &own.json()["profiles"][0];
    let expected = json!({"name": "alice", "owner": "tg:1", "verified_by": "telegram",
        "claimed_at": "2026-11-23T08:00:00Z", "content_id": content, "serving_host": null, "state": null,
        "paid_until": null});
    assert_eq!(*row, expected);
    assert_eq!(own.json()["profiles"][1]["content_id"], Value::Null);
    assert_eq!(own.json()["head"], registry.store().head().unwrap().id().to_string());
    assert_eq!(own.json()["next"], Value::Null);
    for token in [ADMIN, &host] {
        assert_eq!(names(&registry.get("/profiles", Some(token)).await), ["alice", "bob", "empty"]);
    }
    assert_eq!(registry.get("/profiles", None).await.status, 401);
}

#[tokio::test]
async fn a_list_comes_in_pages_that_have_everything_once() {
    let registry = Running::start().await;
    for name in ["a1", "b1", "c1", "d1", "e1"] {
        registry.owner_of(7, name).await;
    }
    let (mut after, mut seen, mut pages) = (String::new(), Vec::new(), 0);
    loop {
        let page = registry.get(&format!("/profiles?limit=2&after={after}"), Some(ADMIN)).await;
        seen.extend(names(&page));
        pages += 1;
        match page.json()["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => break,
        }
    }
    assert_eq!((seen, pages), (["a1", "b1", "c1", "d1", "e1"].map(str::to_owned).to_vec(), 3));
    for query in ["limit=0", "limit=1001", "limit=x", "page=2", "limit=1&limit=2"] {
        let refused = registry.get(&format!("/profiles?{query}"), Some(ADMIN)).await;
        assert_eq!(refused.problem(), (400, "invalid-parameter".to_owned()), "{query}");
    }
}

#[tokio::test]
async fn a_foreign_profile_and_none_at_all_are_the_same_answer() {
    let registry = Running::start().await;
    let (alice, content) = registry.profile_of(1, "alice").await;
    registry.profile_of(2, "bob").await;
    let head = registry.store().head().unwrap().id();
    for path in ["", "/content", "/files/SOUL.md", "/history", &format!("/diff?from={head}")] {
        let foreign = registry.get(&format!("/profiles/bob{path}"), Some(&alice)).await;
        assert_eq!(foreign.problem(), (404, "profile-not-found".to_owned()), "{path}: {foreign:?}");
        for nobody in ["nobody", "default", "..", "%2e%2e", "a%7Cb", "UPPER"] {
            let unknown = registry.get(&format!("/profiles/{nobody}{path}"), Some(&alice)).await;
            if unknown.field("type").ends_with("no-such-route") {
                continue;
            }
            assert_eq!(unknown.text, foreign.text, "{nobody}{path}");
        }
    }
    let edits = registry.commit(&alice, "bob", &Value::Null, &[put("SOUL.md", "Mine now.\n")]).await;
    let unknown = registry.commit(&alice, "nobody", &content, &[put("SOUL.md", "Mine now.\n")]).await;
    assert_eq!((edits.problem(), &edits.text), ((404, "profile-not-found".to_owned()), &unknown.text));
    let back = registry.post("/profiles/bob/restore", Some(&alice), json!({"commit": head.to_string()})).await;
    assert_eq!(back.problem(), (404, "profile-not-found".to_owned()));
    assert_eq!(registry.store().head().unwrap().id(), head);
}

#[tokio::test]
async fn a_profile_is_shown_with_its_files_now_and_as_it_was() {
    let registry = Running::start().await;
    let (alice, content) = registry.profile_of(1, "alice").await;
    let first = registry.store().head().unwrap().id().to_string();
    let script = json!({"path": "skills/a/run.sh", "content": "IyEvYmluL3NoCg==", "executable": true});
    let changed = registry.commit(&alice, "alice", &content, &[script, put("config.yaml", "model: {}\n")]).await;
    assert_eq!(changed.status, 201, "{changed:?}");
    let now = registry.get("/profiles/alice", Some(&alice)).await.json();
    let files: Vec<_> = now["files"].as_array().unwrap().iter().map(|file| (&file["path"], &file["size"])).collect();
    let (config, script, soul) = (json!("config.yaml"), json!("skills/a/run.sh"), json!("SOUL.md"));
    assert_eq!(files, [(&soul, &json!(12)), (&config, &json!(10)), (&script, &json!(10))]);
    assert_eq!((&now["files"][2]["executable"], &now["files"][0]["executable"]), (&json!(true), &json!(false)));
    assert_eq!((&now["head"], &now["content_id"]), (&now["at"], &changed.json()["content_id"]));
    let then = registry.get(&format!("/profiles/alice?at={first}"), Some(&alice)).await.json();
    assert_eq!((then["files"].as_array().unwrap().len(), &then["content_id"]), (1, &content));
    assert_eq!((&then["head"], &then["at"]), (&now["head"], &json!(first)));
    let unknown = registry.get(&format!("/profiles/alice?at={}", "0".repeat(40)), Some(&alice)).await;
    assert_eq!(unknown.problem(), (404, "unknown-commit".to_owned()));
    let short = registry.get(&format!("/profiles/alice?at={}", &first[..12]), Some(&alice)).await;
    assert_eq!(short.problem(), (400, "invalid-parameter".to_owned()));
}

#[tokio::test]
async fn content_comes_whole_and_only_where_it_is_not_known() {
    let registry = Running::start().await;
    let (alice, content) = registry.profile_of(1, "alice").await;
    let whole = registry.get("/profiles/alice/content", Some(&alice)).await;
    assert_eq!((whole.status, &whole.json()["content_id"], &whole.json()["name"]), (200, &content, &json!("alice")));
    assert_eq!(text(&whole, "SOUL.md"), "I am alice.\n");
    let tag = whole.headers["etag"].to_str().unwrap().to_owned();
    assert_eq!(tag, format!("\"{}\"", content.as_str().unwrap()));
    let asked = async |tag: &str| {
        let request = registry.request(reqwest::Method::GET, "/profiles/alice/content", Some(&alice));
        Answer::read(request.header("if-none-match", tag).send().await.unwrap()).await
    };
    let known = asked(&tag).await;
    assert_eq!((known.status, known.text.as_str(), known.headers["etag"].to_str().unwrap()), (304, "", tag.as_str()));
    assert_eq!(asked(&format!("\"x\", W/{tag}")).await.status, 304);
    assert_eq!(asked("\"x\"").await.status, 200);
    registry.owner_of(1, "empty").await;
    let empty = registry.get("/profiles/empty/content", Some(&alice)).await;
    assert_eq!((empty.status, &empty.json()["content_id"], &empty.json()["files"]), (200, &Value::Null, &json!([])));
    assert!(!empty.headers.contains_key("etag"));
}

#[tokio::test]
async fn a_files_bytes_are_no_page() {
    let registry = Running::start().await;
    let (alice, content) = registry.profile_of(1, "alice").await;
    let script = put("skills/选股 v2/SKILL.md", "<script>alert(1)</script>\n");
    assert_eq!(registry.commit(&alice, "alice", &content, &[script]).await.status, 201);
    let file = registry.get("/profiles/alice/files/skills/%E9%80%89%E8%82%A1%20v2/SKILL.md", Some(&alice)).await;
    assert_eq!((file.status, file.text.as_str()), (200, "<script>alert(1)</script>\n"));
    let header = |name: &str| file.headers[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "application/octet-stream");
    assert_eq!(
        (header("x-content-type-options"), header("content-disposition")),
        ("nosniff".into(), "attachment".into())
    );
    for path in ["skills", "nothing.md", "../bob/SOUL.md", "..%2Fbob%2FSOUL.md", "/SOUL.md"] {
        let none = registry.get(&format!("/profiles/alice/files/{path}"), Some(&alice)).await;
        assert_eq!(none.status, 404, "{path}: {none:?}");
    }
}
