//! A template's folder, and its rendering.

use std::collections::BTreeMap;

use ring::digest::{Context, SHA256};

use super::{
    Placeholder, TemplateError, crontab,
    placeholder::{Piece, has_any, pieces},
    substitute::{self, Filled, Filling},
};
use crate::{
    json,
    secrets_schema::SecretsSchema,
    yaml::{self, Node},
};

/// Files by their path, with `/` between names.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Which version of a template these files are: the first twelve digits of a SHA-256 over their paths and contents. Equal
/// files have equal versions.
pub fn version(files: &Files) -> String {
    let mut hash = Context::new(&SHA256);
    for (path, bytes) in files {
        hash.update(format!("{} {path} {}\n", path.len(), bytes.len()).as_bytes());
        hash.update(bytes);
    }
    hex::encode(&hash.finish().as_ref()[..6])
}

/// Values by placeholder.
pub type Values = BTreeMap<String, String>;

const CONFIG: &str = "config.yaml.template";
const PROSE: &[&str] = &["SOUL.md", "AGENTS.md", "CLAUDE.md"];
const SCHEMA: &str = "secrets.schema.json";
const CRONTAB: &str = "crontab.json";
const REQUIRED: &[&str] = &[CONFIG, "SOUL.md", SCHEMA];

/// A template that can be rendered: every file of it was read, every placeholder is declared.
#[derive(Clone, Debug)]
pub struct Template {
    files: Vec<(String, Source)>,
    /// By name, with the first file that uses it.
    placeholders: BTreeMap<String, (Placeholder, String)>,
}

#[derive(Clone, Debug)]
enum Source {
    Yaml(String, Node),
    Prose(String),
    Schema(Node),
    Crontab(Node),
    Verbatim(Vec<u8>),
}

/// A profile as it enters git.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// All files.
    pub files: Files,
    /// What the profile needs in its `.env`.
    pub secrets: SecretsSchema,
}

impl Template {
    /// Reads a template's folder.
    ///
    /// # Errors
    /// [`TemplateError::File`] with the file that is missing, unknown or broken.
    pub fn read(files: &Files) -> Result<Self, TemplateError> {
        if let Some(missing) = REQUIRED.iter().find(|name| !files.contains_key(**name)) {
            return Err(TemplateError::file(missing, "the template lacks it"));
        }
        let mut sources = Vec::new();
        for (path, bytes) in files.iter().filter(|(path, _)| *path != "README.md") {
            sources.push((path.clone(), Source::read(path, bytes)?));
        }
        let placeholders = declared(&sources)?;
        Ok(Self { files: sources, placeholders })
    }

    /// What the template takes, by name.
    pub fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.placeholders.values().map(|(placeholder, _)| placeholder)
    }

    /// The profile for these values.
    ///
    /// # Errors
    /// [`TemplateError::Unknown`], [`TemplateError::Missing`] and [`TemplateError::Invalid`] name the value;
    /// [`TemplateError::File`] a file that would not mean what it should.
    pub fn render(&self, values: &Values) -> Result<Rendered, TemplateError> {
        let filling = self.filling(values)?;
        let mut files = Files::new();
        let mut secrets = SecretsSchema::default();
        for (path, source) in &self.files {
            let failed = |problem: String| TemplateError::file(path, problem);
            match source {
                Source::Yaml(text, node) => {
                    let wanted = substitute::node(node, &filling).map_err(failed)?;
                    let written = yaml::rewrite(text, &wanted).map_err(|error| failed(error.to_string()))?;
                    files.insert(path.trim_end_matches(".template").to_owned(), written.into_bytes());
                }
                Source::Prose(text) => {
                    files.insert(path.clone(), substitute::text(text, &filling).map_err(failed)?.into_bytes());
                }
                Source::Schema(node) => {
                    let node = substitute::node(node, &filling).map_err(failed)?;
                    secrets = SecretsSchema::from_node(&node).map_err(|error| failed(error.to_string()))?;
                    files.insert(path.clone(), json::emit(&node).into_bytes());
                }
                Source::Crontab(node) => {
                    let jobs = crontab::jobs(&substitute::node(node, &filling).map_err(failed)?).map_err(failed)?;
                    files.insert("cron/jobs.json".to_owned(), json::emit(&jobs).into_bytes());
                }
                Source::Verbatim(bytes) => {
                    files.insert(path.clone(), bytes.clone());
                }
            }
        }
        Ok(Rendered { files, secrets })
    }

    fn filling(&self, values: &Values) -> Result<Filling, TemplateError> {
        if let Some(name) = values.keys().find(|name| !self.placeholders.contains_key(*name)) {
            let known = self.placeholders.keys().cloned().collect();
            return Err(TemplateError::Unknown { name: name.clone(), known });
        }
        let fill = |(name, (placeholder, file)): (&String, &(Placeholder, String))| {
            let value = values.get(name).or(placeholder.default.as_ref());
            let missing = || TemplateError::Missing { name: name.clone(), file: file.clone() };
            let value = value.ok_or_else(missing)?;
            let invalid = |problem| TemplateError::Invalid { name: name.clone(), problem };
            placeholder.value_type.check(value).map_err(invalid)?;
            Ok((name.clone(), Filled { value: value.clone(), value_type: placeholder.value_type.clone() }))
        };
        self.placeholders.iter().map(fill).collect()
    }
}

impl Source {
    fn read(path: &str, bytes: &[u8]) -> Result<Self, TemplateError> {
        let failed = |problem: String| TemplateError::file(path, problem);
        if path.starts_with("skills/") {
            return Ok(Self::Verbatim(bytes.to_vec()));
        }
        let text = || std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| failed("no UTF-8".to_owned()));
        let parsed = || json::parse(bytes).map_err(|error| failed(error.to_string()));
        match path {
            CONFIG => {
                let text = text()?;
                let node = yaml::parse(&text).map_err(|refused| failed(refused.to_string()))?;
                Ok(Self::Yaml(text, node))
            }
            SCHEMA => parsed().map(Self::Schema),
            CRONTAB => parsed().map(Self::Crontab),
            _ if PROSE.contains(&path) => text().map(Self::Prose),
            _ => Err(failed("no file of a template".to_owned())),
        }
    }

    /// Its texts, with whether placeholders may stand in them.
    fn texts(&self) -> Vec<(&str, bool)> {
        match self {
            Self::Yaml(_, node) | Self::Schema(node) | Self::Crontab(node) => substitute::strings(node),
            Self::Prose(text) => vec![(text, true)],
            Self::Verbatim(_) => Vec::new(),
        }
    }
}

/// Every placeholder once, with what its one declaration says.
fn declared(sources: &[(String, Source)]) -> Result<BTreeMap<String, (Placeholder, String)>, TemplateError> {
    let mut declared: BTreeMap<String, (Placeholder, String)> = BTreeMap::new();
    let mut used: BTreeMap<String, String> = BTreeMap::new();
    for (path, source) in sources {
        for (text, allowed) in source.texts().into_iter().filter(|(text, _)| has_any(text)) {
            let failed = |problem: String| TemplateError::file(path, problem);
            if !allowed {
                return Err(failed("a placeholder outside of a quoted string".to_owned()));
            }
            for piece in pieces(text).map_err(failed)? {
                match piece {
                    Piece::Text(_) => {}
                    Piece::Use(name) => {
                        used.entry(name.to_owned()).or_insert_with(|| path.clone());
                    }
                    Piece::Declaration(placeholder) => match declared.get(&placeholder.name) {
                        Some((other, file)) if *other != placeholder => {
                            return Err(failed(format!("{} is declared otherwise in {file}", placeholder.name)));
                        }
                        Some(_) => {}
                        None => {
                            declared.insert(placeholder.name.clone(), (placeholder, path.clone()));
                        }
                    },
                }
            }
        }
    }
    for (name, file) in used {
        let value_type = super::ValueType::Line;
        let placeholder = Placeholder { name: name.clone(), value_type, default: None };
        declared.entry(name).or_insert((placeholder, file));
    }
    Ok(declared)
}
