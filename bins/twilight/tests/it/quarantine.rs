//! `twilight quarantine list` and `show`.

use serde_json::Value;

use crate::stage::{DAY, Stage};

async fn ids(stage: &Stage, words: &str) -> Vec<String> {
    let rows = stage.json(&format!("quarantine list {words}")).await;
    rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_refused_row_is_listed_and_shown_with_the_vendors_own() {
    let stage = Stage::published();
    let said = stage.told("quarantine list").await;
    for told in ["nonpositive_price", "000001.SZ", DAY, "tushare", "held"] {
        assert!(said.contains(told), "{told}: {said}");
    }
    let listed = ids(&stage, "").await;
    assert_eq!(listed.len(), 1);
    let id = &listed[0];
    let shown = stage.json(&format!("quarantine show {id}")).await;
    assert_eq!((&shown["rule"], &shown["state"]), (&"nonpositive_price".into(), &"held".into()));
    let raw = &shown["raw"];
    assert_eq!((&raw["dataset"], &raw["row"][0]), (&"daily".into(), &"000001.SZ".into()));
    let candidate: Value = serde_json::from_str(shown["candidate"].as_str().unwrap()).unwrap();
    assert_eq!(candidate["close"], 0.0);
    let said = stage.told(&format!("quarantine show {id}")).await;
    assert!(said.contains(id.as_str()) && said.contains("vendor's row"), "{said}");
}

#[tokio::test]
async fn every_filter_narrows() {
    let stage = Stage::published();
    for words in ["", "--state held", "--state all", "--source tushare", "--code 000001.SZ", "--rule nonpositive_price"]
    {
        assert_eq!(ids(&stage, words).await.len(), 1, "{words}");
    }
    for words in ["--state released", "--source tdx", "--code 600519.SH", "--rule schema", "--dataset price_limit"] {
        assert_eq!(ids(&stage, words).await.len(), 0, "{words}");
    }
}

#[tokio::test]
async fn an_entry_that_is_not_there_is_named() {
    let said = Stage::published().refused("quarantine show 0123abc", 1).await;
    assert!(said.contains("the quarantine of generation 1 has no entry 0123abc"), "{said}");
}
