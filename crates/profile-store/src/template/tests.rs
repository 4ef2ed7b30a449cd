//! Templates with values of every kind, and the templates we ship.

mod hosts;
mod rendering;
mod shipped_ones;

use super::{Files, Template, TemplateError, Values};

const CONFIG: &str = "\
# of {{USER}}: a comment is nobody's structure
model:
  default: \"{{MODEL:string=qwen-max}}\"  # which
  base_url: '{{URL:url}}/v1'
agent:
  max_turns: \"{{TURNS:int(1..90)=30}}\"
  verbose: \"{{VERBOSE:bool=false}}\"
display: {name: \"{{USER}} at {{URL}}\"}
telegram:
  allow_from:
    - \"{{CHAT:id}}\"
prompt: |
  Hello {{USER}}
";
const SCHEMA: &str = r#"{"type":"object","properties":{"SEARXNG_URL":{"type":"string","const":"{{URL}}"}}}"#;

fn folder(change: impl FnOnce(&mut Files)) -> Files {
    let mut files = Files::new();
    for (path, text) in [
        ("config.yaml.template", CONFIG),
        ("SOUL.md", "You work for {{USER:string}}.\n"),
        ("AGENTS.md", "Work.\n"),
        ("secrets.schema.json", SCHEMA),
        ("crontab.json", r#"{"jobs":[{"id":"a","name":"A","schedule":"30 8 * * 1-5","prompt":"Greet {{USER}}"}]}"#),
        ("skills/x/SKILL.md", "{{NOT_A_PLACEHOLDER}} `{{ x }}`\n"),
        ("README.md", "about {{this}}"),
    ] {
        files.insert(path.to_owned(), text.as_bytes().to_vec());
    }
    change(&mut files);
    files
}

fn values(pairs: &[(&str, &str)]) -> Values {
    let all = [("USER", "Li"), ("URL", "http://127.0.0.1:3000"), ("CHAT", "-100123")];
    all.iter().chain(pairs).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn render(pairs: &[(&str, &str)]) -> Result<Files, TemplateError> {
    Template::read(&folder(|_| {}))?.render(&values(pairs)).map(|rendered| rendered.files)
}

fn text(files: &Files, path: &str) -> String {
    String::from_utf8(files[path].clone()).unwrap()
}
