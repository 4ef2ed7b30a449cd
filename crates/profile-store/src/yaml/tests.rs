//! What PyYAML reads and what it does not, value by value.

use super::{Node, Value, block, parse, quoted, rewrite};

fn value(text: &str) -> Value {
    let node = parse(&format!("k: {text}\n")).unwrap_or_else(|refused| panic!("{text}: {refused}"));
    match node.at(&["k"]) {
        Some(Node::Scalar(scalar)) => scalar.value.clone(),
        other => panic!("{text}: {other:?}"),
    }
}

/// The right-hand sides were checked against PyYAML 6.
#[test]
fn plain_scalars_mean_what_pyyaml_says() {
    let int = Value::Int;
    let float = |float: f64| Value::Float(float.to_bits());
    let other = |text: &str| Value::Other(text.to_owned());
    for (text, expected) in [
        ("", Value::Null),
        ("~", Value::Null),
        ("Null", Value::Null),
        ("on", Value::Bool(true)),
        ("NO", Value::Bool(false)),
        ("010", int(8)),
        ("0x1F", int(31)),
        ("0b11", int(3)),
        ("1_000", int(1000)),
        ("12:30:45", int(45_045)),
        ("-100123", int(-100_123)),
        ("1.5", float(1.5)),
        ("1.0e+3", float(1000.0)),
        (".5", float(0.5)),
        ("190:20:30.15", float(685_230.15)),
        ("-.INF", float(f64::NEG_INFINITY)),
        ("2026-11-22", other("2026-11-22")),
        ("2026-1-2 9:30:00.25 +08:00", other("2026-1-2 9:30:00.25 +08:00")),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
    for text in [
        "y",
        "n",
        "tRue",
        "08",
        "0o7",
        "1e3",
        "1.0e3",
        "+.5",
        "1:99",
        "2026-1-2",
        "2026-11-22T10:00:00Z-0",
        ".",
        "-",
        "a#b",
        "http://x:80/y",
    ] {
        if text != "-" {
            assert_eq!(value(text), Value::Text(text.to_owned()), "{text}");
        }
    }
}

#[test]
fn what_two_readers_could_take_differently_is_refused() {
    for text in [
        "a: 1\na: 2\n",
        "a: 1\n\"a\": 2\n",
        "1: a\n0x1: b\n",
        "a: &x 1\n",
        "a: *x\n",
        "a: !t 1\n",
        "a: !!str 1\n",
        "<<: {a: 1}\n",
        "a: <<\n",
        "a: =\n",
        "a: 1\n---\nb: 2\n",
        "%YAML 1.1\n---\na: 1\n",
        "a: 1\n...\n",
        "- a\n",
        "a\n",
        "a:\t1\n",
        "\ta: 1\n",
        "a: b\tc\n",
        "a: |\t\n  x\n",
        "? [a]\n: 1\n",
        ": 1\n",
        "~: 1\n",
        "{{A}}: 1\n",
        "a: {{A}}\n",
        "a: b: c\n",
        "a: 'x\n",
        "a: [1\n",
        "a: \u{85}b\n",
        "a: \u{2028}b\n",
        "\u{feff}a: 1\n",
        "a: \u{1}\n",
        "a: 1\rb: 2\n",
    ] {
        assert!(parse(text).is_err(), "{text:?}");
    }
    let deep = format!("a: {}{}\n", "[".repeat(100), "]".repeat(100));
    assert!(parse(&deep).is_err(), "deeper than anybody recurses");
    assert!(parse(&format!("a: \"{}\"\n", "x".repeat(2 << 20))).is_err(), "longer than anybody reads");
}

#[test]
fn tabs_are_content_in_quotes_blocks_and_comments() {
    for text in ["a: \"x\ty\"\n", "a: 'x\ty'\n", "a: |\n  x\ty\n", "a: 1 # x\ty\n", "# \tx\n"] {
        assert!(parse(text).is_ok(), "{text:?}");
    }
}

#[test]
fn an_empty_text_is_an_empty_mapping() {
    for text in ["", "\n", "# only a comment\n", "---\n", "{}\n"] {
        let node = parse(text).unwrap();
        assert!(node.as_map().unwrap().is_empty(), "{text:?}");
        let mut wanted = node;
        wanted.put(&["a", "b"], Node::text("c"));
        let written = rewrite(text, &wanted).unwrap();
        assert!(written.ends_with("a:\n  b: \"c\"\n"), "{written}");
        assert_eq!(text.contains('#'), written.contains("# only a comment\n"));
    }
}

#[test]
fn every_string_survives_being_written() {
    for text in [
        "",
        " ",
        "a\nb\n",
        "\u{85}\u{2028}\u{2029}\u{feff}",
        "\u{1}\u{7f}\u{9f}",
        "\"\\'",
        "#",
        "{{X}}",
        "文\u{1f600}",
        "\t\r",
    ] {
        assert_eq!(value(&quoted(text)), Value::Text(text.to_owned()), "{text:?}");
        let mut node = parse("").unwrap();
        node.put(&[text], Node::List(vec![Node::text(text), parse("x: {}\ny: []\n").unwrap()]));
        assert_eq!(parse(&block(&node, 0)).unwrap(), node, "{text:?}");
    }
}

/// As long as the example that Hermes ships, and written into at its end and its middle. A comment above a key that goes
/// stays: somebody wrote it.
#[test]
fn a_long_configuration_is_edited_in_place() {
    let section = |number: usize| {
        format!(
            "# about {number}\nsection_{number}:\n  key: value  # tail\n  list: [a, b]\n  nested:\n    deep: {number}\n\n"
        )
    };
    let text: String = (0..1_200).map(section).collect();
    let mut wanted = parse(&text).unwrap();
    wanted.put(&["section_600", "nested", "deep"], Node::text("changed"));
    wanted.put(&["section_1199", "key"], Node::int(5));
    wanted.take(&["section_7"]);
    let written = rewrite(&text, &wanted).unwrap();
    let left = text.replace("deep: 600\n", "deep: \"changed\"\n").replace(&section(7), "# about 7\n\n");
    let at = left.rfind("key: value").unwrap();
    let expected = format!("{}key: 5{}", &left[..at], &left[at + "key: value".len()..]);
    assert_eq!(written, expected);
}

#[test]
fn a_file_of_nothing_but_keys_or_items_is_refused_before_it_costs_anything() {
    let keys: String = (0..90_000).map(|key| format!("k{key}: 1\n")).collect();
    assert!(parse(&keys).unwrap_err().problem.contains("more than 2000 keys"));
    let items = format!("a:\n{}", "- 1\n".repeat(90_000));
    assert!(parse(&items).unwrap_err().problem.contains("more than 5000 items"));
}
