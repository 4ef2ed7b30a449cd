//! `/quality/rules`.

use warehouse_api::openapi::RuleBody;

use crate::app::TestApp;

#[tokio::test]
async fn every_rule_is_in_the_catalog_and_its_code_is_a_check_of_the_log() {
    let app = TestApp::start().await;
    let rules: Vec<RuleBody> = app.json("/quality/rules").await;
    assert_eq!(rules.len(), quality_rules::RULES.len());
    assert!(rules.is_sorted_by(|a, b| a.code < b.code));
    let limit = rules.iter().find(|rule| rule.code == "price_limit").unwrap();
    assert_eq!(
        (limit.severity.as_str(), limit.origin.as_str(), limit.doc.as_str()),
        ("error", "generation", "docs/quality-rules.md#price_limit")
    );
    assert!(!limit.title.is_empty());
    let origin = |code: &str| rules.iter().find(|rule| rule.code == code).map(|rule| rule.origin.as_str());
    assert_eq!((origin("freshness"), origin("source_seam")), (Some("clock"), Some("curation")));
    for rule in &rules {
        assert_eq!(app.get(&format!("/quality/logs?check={}", rule.code)).await.status(), 200, "{}", rule.code);
    }
    assert_eq!(app.problem("/quality/rules?severity=error").await["type"], "urn:twilight:problem:unknown-parameter");
}
