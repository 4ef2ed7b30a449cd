//! `docs/quality-rules.md` is what the rules themselves say.

#[path = "../examples/quality_rules_doc/page.rs"]
mod page;

use std::{collections::BTreeSet, path::Path};

use quality_rules::RULES;

#[test]
fn the_page_is_fresh() {
    let stored = page::stored().unwrap();
    assert!(
        stored == page::page(&stored).unwrap(),
        "docs/quality-rules.md is not what the rules say: run `cargo run -p quality-rules --example quality_rules_doc`"
    );
}

#[test]
fn writing_the_page_again_keeps_the_detection_section() {
    let with = page::page("before <!-- detection:begin -->\n| a table |\n<!-- detection:end --> after").unwrap();
    assert!(with.ends_with("<!-- detection:begin -->\n| a table |\n<!-- detection:end -->\n"), "{with}");
    assert_eq!(page::page(&with).unwrap(), with);
    assert!(page::page("").unwrap().ends_with("<!-- detection:begin -->\n<!-- detection:end -->\n"));
}

#[test]
fn every_rule_is_a_file_of_its_name_with_a_reason_and_an_example_and_every_file_is_a_rule() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let files: BTreeSet<String> = names.filter_map(|name| name.strip_suffix(".rs").map(str::to_owned)).collect();
    let codes: Vec<&str> = RULES.iter().map(|rule| rule.code).collect();
    assert!(codes.is_sorted(), "{codes:?}");
    assert_eq!(codes.iter().map(|code| (*code).to_owned()).collect::<BTreeSet<_>>(), files);
    assert_eq!(codes.len(), files.len());
    let page = page::page("").unwrap();
    for rule in RULES {
        assert!(rule.code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{}", rule.code);
        let section = page.split(&format!("\n## {}\n", rule.code)).nth(1).unwrap();
        let section = section.split("\n## ").next().unwrap();
        assert!(section.contains("**Example.**") && section.len() > 300, "{}: {section}", rule.code);
    }
}
