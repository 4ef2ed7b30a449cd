//! What profiles can be made of.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use profile_store::template::{Files, Template};
use serde_json::json;

use crate::support::{ADMIN, Running};

#[tokio::test]
async fn templates_say_what_they_take_and_what_a_profile_needs() {
    let registry = Running::start().await;
    let listed = registry.get("/templates", Some(ADMIN)).await.json();
    let names: Vec<_> = listed["templates"].as_array().unwrap().iter().map(|it| it["name"].clone()).collect();
    assert_eq!(names, ["template-crypto", "template-stock-research-lite", "template-stock-research-pro"]);
    let crypto = &listed["templates"][0];
    assert_eq!(crypto["title"], "Crypto");
    assert_eq!(crypto["description"], "Crypto research bot.");
    let find = |list: &str, name: &str| {
        crypto[list].as_array().unwrap().iter().find(|entry| entry["name"] == name).cloned().unwrap()
    };
    let model = find("placeholders", "MODEL");
    assert_eq!(
        (&model["type"], &model["required"], &model["default"]),
        (&json!("string"), &json!(false), &json!("qwen-plus"))
    );
    let channel = find("placeholders", "CHANNEL");
    assert_eq!((&channel["type"], &channel["choices"]), (&json!("choice"), &json!(["telegram", "weixin"])));
    assert_eq!(find("placeholders", "USER_NAME")["required"], true);
    let token = find("secrets", "TWILIGHT_API_TOKEN");
    assert_eq!((&token["source"], &token["required"]), (&json!("generated"), &json!(true)));
    assert!(!listed.to_string().contains("\"content\""), "a list has no files");
    assert_eq!(registry.get("/templates", None).await.status, 401);
}

#[tokio::test]
async fn a_templates_files_make_the_template() {
    let registry = Running::start().await;
    let owner = registry.owner_of(7, "alice").await;
    let answer = registry.get("/templates/template-stock-research-pro", Some(&owner)).await.json();
    let files: Files = answer["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| {
            let bytes = BASE64_STANDARD.decode(file["content"].as_str().unwrap()).unwrap();
            (file["path"].as_str().unwrap().to_owned(), bytes)
        })
        .collect();
    let template = Template::read(&files).unwrap();
    assert_eq!(template.placeholders().count(), answer["placeholders"].as_array().unwrap().len());
    let unknown = registry.get("/templates/template-none", Some(&owner)).await;
    assert_eq!(unknown.problem(), (404, "template-not-found".to_owned()));
}
