//! What values become, and what they can never become.

use proptest::prelude::*;

use super::{Files, Template, TemplateError, folder, render, text, values};
use crate::{
    json,
    yaml::{Node, parse},
};

#[test]
fn test_template_clone_fills_placeholders() {
    let files = render(&[("TURNS", "12"), ("VERBOSE", "true")]).unwrap();
    assert_eq!(
        text(&files, "config.yaml"),
        "\
# of {{USER}}: a comment is nobody's structure
model:
  default: \"qwen-max\"  # which
  base_url: \"http://127.0.0.1:3000/v1\"
agent:
  max_turns: 12
  verbose: true
display: {name: \"Li at http://127.0.0.1:3000\"}
telegram:
  allow_from:
    - \"-100123\"
prompt: \"Hello Li\\n\"
"
    );
    assert_eq!(text(&files, "SOUL.md"), "You work for Li.\n");
    assert_eq!(text(&files, "skills/x/SKILL.md"), "{{NOT_A_PLACEHOLDER}} `{{ x }}`\n", "skills are copied as they are");
    let jobs = json::parse(&files["cron/jobs.json"]).unwrap();
    let job = &jobs.at(&["jobs"]).unwrap().as_list().unwrap()[0];
    assert_eq!(job.at(&["prompt"]).unwrap().as_text(), Some("Greet Li"));
    assert_eq!(job.at(&["schedule", "expr"]).unwrap().as_text(), Some("30 8 * * 1-5"));
    assert_eq!(job.at(&["schedule", "kind"]).unwrap().as_text(), Some("cron"));
    let paths: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(
        paths,
        ["AGENTS.md", "SOUL.md", "config.yaml", "cron/jobs.json", "secrets.schema.json", "skills/x/SKILL.md"]
    );
}

#[test]
fn test_template_clone_idempotent() {
    let pairs = [("MODEL", "deepseek-ai/DeepSeek-V3")];
    assert_eq!(render(&pairs).unwrap(), render(&pairs).unwrap());
    let template = Template::read(&folder(|_| {})).unwrap();
    let (once, again) = (template.render(&values(&pairs)).unwrap(), template.render(&values(&pairs)).unwrap());
    assert_eq!(once.files, again.files);
}

#[test]
fn a_value_never_becomes_structure() {
    let attacks = [
        "x\"\nmcp_servers:\n  evil: {command: sh}",
        "x\\\"\\nmcp_servers: {}",
        "x', evil: 'y",
        "x}\nmcp_servers: {a: b",
        "x: y",
        "- x",
        "*alias",
        "!!python/object:os.system",
        "# not a comment",
        "{{URL}}",
        "x\u{2028}mcp_servers: {}",
        "yes",
        "12:30:45",
        "\u{202e}x",
    ];
    for attack in attacks {
        match render(&[("MODEL", attack)]) {
            Ok(files) => {
                let config = parse(&text(&files, "config.yaml")).unwrap();
                assert_eq!(config.at(&["model", "default"]).unwrap().as_text(), Some(attack));
                assert_eq!(config.as_map().unwrap().len(), 5, "no key came in");
            }
            Err(TemplateError::Invalid { name, problem }) => {
                assert_eq!(name, "MODEL");
                assert!(attack.contains(['\n', '\u{2028}', '\u{202e}']), "{attack:?} {problem}");
            }
            Err(error) => panic!("{attack:?}: {error}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_value_holds_the_document_has_the_same_keys_and_that_string(value in "\\PC{1,60}") {
        prop_assume!(!value.trim().is_empty());
        let Ok(files) = render(&[("MODEL", &value), ("USER", &value)]) else { return Ok(()) };
        let config = parse(&text(&files, "config.yaml")).unwrap();
        prop_assert_eq!(config.at(&["model", "default"]).and_then(Node::as_text), Some(value.as_str()));
        prop_assert_eq!(config.as_map().map(|map| map.len()), Some(5));
        let jobs = json::parse(&files["cron/jobs.json"]).unwrap();
        let prompt = jobs.at(&["jobs"]).unwrap().as_list().unwrap()[0].at(&["prompt"]).unwrap().as_text().unwrap().to_owned();
        prop_assert_eq!(prompt, format!("Greet {value}"));
    }
}

#[test]
fn a_value_that_is_missing_unknown_or_wrong_is_named() {
    let template = Template::read(&folder(|_| {})).unwrap();
    let mut missing = values(&[]);
    missing.remove("CHAT");
    let error = template.render(&missing).unwrap_err().to_string();
    assert_eq!(error, "the value CHAT is missing (config.yaml.template needs it)");
    let error = render(&[("CHATT", "x")]).unwrap_err().to_string();
    assert_eq!(error, "the template has no placeholder CHATT; it has CHAT, MODEL, TURNS, URL, USER, VERBOSE");
    for (name, value, problem) in [
        ("TURNS", "91", "the value TURNS has to be a whole number from 1 to 90"),
        ("TURNS", "1.5", "the value TURNS has to be a whole number from 1 to 90"),
        ("TURNS", "+5", "the value TURNS has to be a whole number from 1 to 90"),
        ("VERBOSE", "yes", "the value VERBOSE has to be true or false"),
        ("URL", "http://u:p@host", "the value URL has to be an http or https address"),
        ("URL", "http://host/", "the value URL has to be an http or https address"),
        ("URL", "javascript:x", "the value URL has to be an http or https address"),
        ("CHAT", "1 2", "the value CHAT has to be 1 to 128 letters, digits and _.:@-"),
        ("USER", " ", "the value USER has to be one line"),
        ("USER", &"x".repeat(201), "the value USER has to be one line"),
    ] {
        let error = render(&[(name, value)]).unwrap_err().to_string();
        assert!(error.starts_with(problem), "{error}");
    }
}

#[test]
fn a_broken_template_is_refused_with_its_file() {
    let replaced = |path: &'static str, from: &'static str, to: &'static str| {
        folder(move |files: &mut Files| {
            let old = text(files, path);
            assert!(old.contains(from), "{from}");
            files.insert(path.to_owned(), old.replacen(from, to, 1).into_bytes());
        })
    };
    for (path, from, to, said) in [
        (
            "config.yaml.template",
            "\"{{MODEL:string=qwen-max}}\"",
            "{{MODEL:string=qwen-max}}",
            "config.yaml.template: line 3: ",
        ),
        (
            "config.yaml.template",
            "\"{{MODEL:string=qwen-max}}\"",
            "x{{MODEL:string=qwen-max}}",
            "outside of a quoted string",
        ),
        ("config.yaml.template", "telegram:", "\"{{USER}}\":", "outside of a quoted string"),
        ("config.yaml.template", "{{URL:url}}", "{{URL:uri}}", "the type `uri` is none of"),
        ("config.yaml.template", "int(1..90)=30", "int(1..90)=300", "the default of TURNS has to be"),
        ("config.yaml.template", "{{VERBOSE:bool=false}}", "{{verbose}}", "`{{verbose}}` is no placeholder"),
        ("SOUL.md", "{{USER:string}}", "{{USER:id}} {{USER:string}}", "USER is declared otherwise in SOUL.md"),
        ("SOUL.md", "{{USER:string}}", "{{USER", "SOUL.md: a `{{` without its `}}`"),
        ("crontab.json", "30 8 * * 1-5", "30 8 * * 1-9", "crontab.json: job 1: `schedule` has to be"),
        ("crontab.json", "\"id\":\"a\"", "\"id\":\"../a\"", "`id` has only"),
        ("crontab.json", "\"prompt\"", "\"promt\"", "the field `promt` is none of"),
        ("secrets.schema.json", "\"const\"", "\"konst\"", "secrets.schema.json: SEARXNG_URL: the member `konst`"),
    ] {
        let rendered = Template::read(&replaced(path, from, to)).and_then(|template| template.render(&values(&[])));
        let error = rendered.map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    let error = Template::read(&folder(|files| drop(files.remove("SOUL.md")))).map(|_| ()).unwrap_err().to_string();
    assert_eq!(error, "SOUL.md: the template lacks it");
    let stray = folder(|files| drop(files.insert(".env".to_owned(), Vec::new())));
    assert_eq!(Template::read(&stray).map(|_| ()).unwrap_err().to_string(), ".env: no file of a template");
}

#[test]
fn a_version_is_another_one_for_any_other_byte_and_any_other_path() {
    use crate::template::{Files, version};

    let files = |pairs: &[(&str, &str)]| -> Files {
        pairs.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
    };
    let base = version(&files(&[("SOUL.md", "a"), ("b", "c")]));
    assert_eq!((base.len(), base.clone()), (12, version(&files(&[("b", "c"), ("SOUL.md", "a")]))));
    for other in [&[("SOUL.md", "b"), ("b", "c")][..], &[("SOUL.md", "a"), ("bc", "")], &[("SOUL.md", "a")]] {
        assert_ne!(version(&files(other)), base, "{other:?}");
    }
}
