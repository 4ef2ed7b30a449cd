use proptest::prelude::*;

use super::*;

fn parse(pairs: &[(&str, &str)]) -> Result<SearchQuery, BadQuery> {
    SearchQuery::parse(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())))
}

fn canonical_of(pairs: &[(&str, &str)]) -> String {
    parse(pairs).unwrap().canonical()
}

#[test]
fn the_same_search_in_other_words_is_the_same() {
    let plain = canonical_of(&[("q", "贵州茅台 财报")]);
    for same in [
        vec![("q", "  贵州茅台\u{3000}\t财报\n"), ("format", "json")],
        vec![("q", "贵州茅台 财报"), ("pageno", "1"), ("categories", "general"), ("language", "")],
        vec![("q", "贵州茅台 财报"), ("q", "another"), ("theme", "simple"), ("preferences", "x")],
        vec![("q", "贵州\0茅台 \u{7f} 财报")],
    ] {
        assert_eq!(canonical_of(&same), plain, "{same:?}");
    }
    let engines = |names| canonical_of(&[("q", "a"), ("engines", names)]);
    assert_eq!(engines("bing, baidu"), engines("baidu,bing,,baidu"));
}

#[test]
fn every_parameter_makes_another_search() {
    let mut all = vec![
        canonical_of(&[("q", "a")]),
        canonical_of(&[("q", "A")]),
        canonical_of(&[("q", "a b")]),
        canonical_of(&[("q", "ab")]),
    ];
    for (name, value) in [
        ("language", "zh-CN"),
        ("language", "all"),
        ("categories", "news"),
        ("categories", "general,news"),
        ("engines", "baidu"),
        ("engines", "baidu,bing"),
        ("pageno", "2"),
        ("time_range", "day"),
        ("time_range", "week"),
        ("safesearch", "0"),
        ("safesearch", "2"),
    ] {
        all.push(canonical_of(&[("q", "a"), (name, value)]));
    }
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count);
}

#[test]
fn a_parameter_that_cannot_be_is_named_and_its_value_is_not() {
    let long = "x".repeat(4_097);
    let many = (0..65).map(|number| number.to_string()).collect::<Vec<_>>().join(",");
    for (name, value) in [
        ("q", ""),
        ("q", " \u{3000}\n"),
        ("q", "\u{7f}"),
        ("q", &long),
        ("pageno", "0"),
        ("pageno", "-1"),
        ("pageno", "1001"),
        ("pageno", "marker"),
        ("time_range", "marker"),
        ("time_range", "Day"),
        ("safesearch", "3"),
        ("language", "zh CN"),
        ("language", "abcdefghijklmnopq"),
        ("engines", &many),
        ("categories", &long),
        ("engines", "a\nb"),
        ("format", "html"),
        ("format", "marker"),
    ] {
        let pairs = if name == "q" { vec![(name, value)] } else { vec![("q", "a"), (name, value)] };
        let bad = parse(&pairs).unwrap_err();
        assert_eq!(bad.field, name, "{value}");
        assert!(!format!("{bad} {bad:?}").contains("marker"));
    }
    assert_eq!(parse(&[("pageno", "1")]).unwrap_err().field, "q");
    assert_eq!(parse(&[("q", "a"), ("time_range", "x")]).unwrap_err().allowed, ["day", "week", "month", "year"]);
}

#[test]
fn chinese_is_told_by_language_and_by_script() {
    for (q, language, expected) in [
        ("贵州茅台", None, true),
        ("600519 茅台 PE", Some("all"), true),
        ("㐀", Some("auto"), true),
        ("kweichow moutai", Some("zh-CN"), true),
        ("kweichow moutai", Some("zh_Hans_CN"), true),
        ("kweichow moutai", None, false),
        ("茅台", Some("en"), false),
        ("東京の天気", None, false),
        ("한국 經濟", None, false),
        ("Ünïcode 600519", None, false),
    ] {
        let query = parse(&[("q", q), ("language", language.unwrap_or_default())]).unwrap();
        assert_eq!(query.is_chinese(), expected, "{q} {language:?}");
    }
}

#[test]
fn who_chooses_engines_is_told_from_who_does_not() {
    let names = |pairs: &[(&str, &str)]| parse(pairs).unwrap().names_engines();
    assert!(names(&[("q", "a"), ("engines", "baidu")]));
    assert!(names(&[("q", "a"), ("categories", "news")]));
    assert!(names(&[("q", "!bd a")]) && names(&[("q", "a !!g")]));
    assert!(!names(&[("q", "wow! a ! b"), ("categories", "general"), ("engines", " , ")]));
}

#[test]
fn the_pairs_of_a_search_are_the_search_again() {
    let given = [
        ("q", " a  b "),
        ("language", "zh-CN"),
        ("categories", "news,general"),
        ("engines", "bing,baidu"),
        ("pageno", "3"),
        ("time_range", "month"),
        ("safesearch", "1"),
    ];
    let query = parse(&given).unwrap();
    let again = SearchQuery::parse(query.pairs().into_iter().map(|(name, value)| (name.into(), value))).unwrap();
    assert_eq!(again.canonical(), query.canonical());
    assert_eq!((query.text(), query.q()), (" a  b ", "a b"));
}

#[test]
fn debug_does_not_show_what_is_searched_for() {
    assert!(!format!("{:?}", SearchQuery::new("a marker").unwrap()).contains("marker"));
}

proptest! {
    #[test]
    fn anything_is_read_or_refused_and_the_canonical_text_is_its_own(q in ".*", other in ".{0,20}", pageno in ".{0,4}") {
        let pairs = [("q", q.as_str()), ("engines", &other), ("language", &other), ("pageno", &pageno)];
        if let Ok(query) = parse(&pairs[..2]) {
            prop_assert_eq!(canonical(query.q()), query.q());
            prop_assert!(!query.q().is_empty() && query.q().trim() == query.q());
            prop_assert!(!query.q().chars().any(char::is_control));
        }
        let _ = parse(&pairs);
    }
}
