//! `config.yaml` on two hosts.

use super::{
    super::{Note, Side, Why},
    Kind, clean, conflicts, merged,
};

const BASE: &str = "\
# of the desk
model:
  default: qwen-max  # the good one
  provider: custom
web:
  search_backend: searxng
telegram:
  allow_from: [\"1\", \"2\"]
_config_version: 33
";

#[test]
fn test_sync_resolves_yaml_automerge() {
    let ours =
        BASE.replace("qwen-max  # the good one", "deepseek-v3  # cheaper").replace("_version: 33", "_version: 40");
    let theirs = BASE
        .replace("provider: custom", "provider: custom\n  context_length: 131072  # of the gateway")
        .replace("search_backend: searxng", "search_backend: searxng\n  extract_backend: firecrawl")
        .replace("# of the desk", "# of the desk, since May")
        .replace("_version: 33", "_version: 41");
    let outcome = merged(Kind::Yaml, BASE, &ours, &theirs);
    let (text, merge) = clean(&outcome);
    let expected = "\
# of the desk, since May
model:
  default: deepseek-v3  # cheaper
  provider: custom
  context_length: 131072  # of the gateway
web:
  search_backend: searxng
  extract_backend: firecrawl
telegram:
  allow_from: [\"1\", \"2\"]
_config_version: 41
";
    assert_eq!(text, expected);
    assert_eq!(merge.notes, [Note::ConfigVersion(41)]);
}

#[test]
fn where_lines_do_not_merge_the_values_do_and_a_lost_comment_is_said() {
    let ours = BASE.replace("allow_from: [\"1\", \"2\"]", "allow_from: [\"1\", \"2\", \"3\"]  # and Li");
    let theirs = BASE.replace("allow_from: [\"1\", \"2\"]", "allow_from: [\"1\", \"2\", \"4\"]  # and Wu");
    let outcome = merged(Kind::Yaml, BASE, &ours, &theirs);
    let (text, merge) = clean(&outcome);
    let allowed = crate::yaml::parse(&text).unwrap().at(&["telegram", "allow_from"]).unwrap().as_list().unwrap().len();
    assert_eq!((allowed, text.contains("# of the desk\n"), text.contains("# the good one")), (4, true, true), "{text}");
    assert_eq!(merge.notes, [Note::CommentsLeftOut(vec!["and Wu".into()])]);
}

#[test]
fn changes_of_neighbouring_lines_keep_the_comments_of_both_sides() {
    let ours = BASE.replace("qwen-max  # the good one", "deepseek-v3  # cheaper");
    let theirs = BASE
        .replace("provider: custom", "# one door\n  provider: \"custom\"\n  context_length: 131072  # of the gateway");
    let outcome = merged(Kind::Yaml, BASE, &ours, &theirs);
    let (text, merge) = clean(&outcome);
    let model = "  default: deepseek-v3  # cheaper\n  # one door\n  provider: \"custom\"\n  context_length: 131072  # of the gateway\n";
    assert!(text.contains(model), "{text}");
    assert_eq!(merge.notes, []);
}

#[test]
fn test_sync_flags_config_conflict() {
    let ours = BASE.replace("qwen-max", "deepseek-v3");
    let theirs = BASE.replace("qwen-max", "glm-5").replace("search_backend: searxng", "search_backend: tavily");
    let outcome = merged(Kind::Yaml, BASE, &ours, &theirs);
    let [conflict] = conflicts(&outcome) else { panic!("{outcome:#?}") };
    assert_eq!((conflict.path.as_str(), &conflict.why), ("model.default", &Why::BothChanged));
    let shown = [&conflict.base, &conflict.ours, &conflict.theirs].map(|value| value.as_deref().unwrap());
    assert_eq!(shown, ["qwen-max", "deepseek-v3", "glm-5"].map(|name| format!("\"{name}\"")));
}

#[test]
fn a_key_deleted_here_and_changed_there_is_a_conflict() {
    let ours = BASE.replace("web:\n  search_backend: searxng\n", "");
    let theirs = BASE.replace("searxng", "tavily");
    for (one, other) in [(&ours, &theirs), (&theirs, &ours)] {
        let outcome = merged(Kind::Yaml, BASE, one, other);
        let [conflict] = conflicts(&outcome) else { panic!("{outcome:#?}") };
        assert_eq!((conflict.path.as_str(), &conflict.why), ("web", &Why::DeletedAndChanged));
    }
}

#[test]
fn what_one_side_deletes_is_gone_and_what_both_add_is_there_once() {
    let ours = BASE.replace("web:\n  search_backend: searxng\n", "") + "timezone: Asia/Shanghai\n";
    let theirs = BASE.to_owned() + "timezone: Asia/Shanghai\nlogging:\n  level: INFO\n";
    let outcome = merged(Kind::Yaml, BASE, &ours, &theirs);
    let (text, _) = clean(&outcome);
    assert!(!text.contains("web:"), "{text}");
    assert_eq!(text.matches("timezone").count(), 1, "{text}");
    assert!(text.contains("logging:\n  level: "), "{text}");
}

#[test]
fn both_adding_different_values_under_a_new_key_is_a_conflict_and_different_keys_below_it_are_not() {
    let outcome = merged(
        Kind::Yaml,
        BASE,
        &format!("{BASE}agent:\n  max_turns: 5\n"),
        &format!("{BASE}agent:\n  max_turns: 9\n"),
    );
    assert_eq!(conflicts(&outcome)[0].path, "agent.max_turns");
    let outcome = merged(
        Kind::Yaml,
        BASE,
        &format!("{BASE}agent:\n  max_turns: 5\n"),
        &format!("{BASE}agent:\n  verbose: true\n"),
    );
    assert!(clean(&outcome).0.contains("max_turns: 5"), "{outcome:?}");
    assert!(clean(&outcome).0.contains("verbose: true"), "{outcome:?}");
}

#[test]
fn lists_of_names_merge_as_sets_and_lists_with_an_order_are_one_value() {
    let ours = BASE.replace("[\"1\", \"2\"]", "[\"2\", \"3\"]");
    let theirs = BASE.replace("[\"1\", \"2\"]", "[\"1\", \"2\", \"4\"]");
    let outcome = merged(Kind::Yaml, BASE, &ours, &theirs);
    let (text, _) = clean(&outcome);
    let list: Vec<char> = text.split_once("telegram:").unwrap().1.chars().filter(char::is_ascii_digit).collect();
    assert_eq!(list[..3], ['2', '3', '4'], "{text}");

    let args = |args: &str| format!("mcp_servers:\n  a:\n    args: [{args}]\n");
    let outcome = merged(Kind::Yaml, &args("a, b"), &args("b, a"), &args("a, b, c"));
    assert_eq!(conflicts(&outcome)[0].path, "mcp_servers.a.args");
}

#[test]
fn tables_merge_by_what_identifies_a_member() {
    let of = |a: &str, b: &str| {
        format!("custom_providers:\n  - name: a\n    base_url: {a}\n  - name: b\n    base_url: {b}\n")
    };
    let outcome = merged(Kind::Yaml, &of("x", "y"), &of("x2", "y"), &of("x", "y2"));
    assert_eq!(clean(&outcome).0, of("x2", "y2"));
    let outcome = merged(Kind::Yaml, &of("x", "y"), &of("x2", "y"), &of("x3", "y"));
    assert_eq!(conflicts(&outcome)[0].path, "custom_providers.a.base_url");
}

#[test]
fn what_two_readers_could_understand_differently_is_never_merged() {
    let broken = [
        ("a: 1\na: 2\nb: 3\n", "line 2: the key `a` is given twice"),
        ("a: &x 1\nb: *x\n", "line 1: an anchor"),
        ("a: !env X\nb: 3\n", "line 1: an anchor or a tag"),
        ("a: 2\n---\nb: 3\n", "line 2: a second document"),
        ("a:\t2\nb: 3\n", "line 1: a tab"),
        ("a: {b: 1}\nc:\n  <<: {d: 1}\n", "line 3: a merge key"),
        ("- a\n- b\n", "line 1: the document is no mapping"),
        ("a: 2\u{2028}b: 3\n", "line 1: a character"),
        ("a: [1\nb: 3\n", "line"),
    ];
    for (text, problem) in broken {
        for side in [Side::Ours, Side::Theirs, Side::Base] {
            let texts = match side {
                Side::Base => [text, "a: 5\n", "a: 6\n"],
                Side::Ours => ["a: 5\n", text, "a: 6\n"],
                Side::Theirs => ["a: 5\n", "a: 6\n", text],
            };
            let outcome = merged(Kind::Yaml, texts[0], texts[1], texts[2]);
            let Why::Unreadable { side: which, problem: said } = &conflicts(&outcome)[0].why else {
                panic!("{outcome:?}")
            };
            assert_eq!(*which, side);
            assert!(said.contains(problem), "{said}");
        }
    }
}

#[test]
fn a_string_that_yaml_1_1_takes_for_something_else_is_quoted_when_it_is_written() {
    // The same key on both sides' neighbours, so that the lines collide and the values are written.
    for text in ["12:30:45", "2026-11-22", "1_000", "=", "on", "010", "1e3", "~", "x: y", "- z", "#no", "a\nb", "{{X}}"]
    {
        let theirs = format!("a: {}\nc: 3\n", crate::yaml::quoted(text));
        let outcome = merged(
            Kind::Yaml,
            "a: 1\n_config_version: 1\nb: 1\n",
            "a: 1\n_config_version: 3\nb: 2\n",
            &format!("{theirs}_config_version: 2\nb: 1\n"),
        );
        let (written, _) = clean(&outcome);
        assert_eq!(crate::yaml::parse(&written).unwrap().at(&["a"]).unwrap().as_text(), Some(text), "{written}");
        assert!(written.contains(&format!("a: {}", crate::yaml::quoted(text))), "{written}");
    }
}

#[test]
fn the_same_value_written_differently_is_no_change() {
    let outcome = merged(Kind::Yaml, "a: true\nb: 10\n", "a: yes\nb: 11\n", "a: on\nb: 10\n");
    assert_eq!(clean(&outcome).0, "a: yes\nb: 11\n");
}

#[test]
fn line_ends_of_windows_stay() {
    let outcome = merged(Kind::Yaml, "a: 1\r\nb: 1\r\n", "a: 2\r\nb: 1\r\n", "a: 1\nb: 2\n");
    assert_eq!(clean(&outcome).0, "a: 2\r\nb: 2\r\n");
}
