//! What the compose files grant each service, and how they start Redis.

use std::{collections::BTreeMap, path::Path};

use anyhow::Context as _;

/// One service.
#[derive(Debug, Default)]
pub(super) struct Service {
    /// `mem_limit`, bytes.
    pub(super) memory: Option<u64>,
    /// The items of `command`, word by word.
    pub(super) command: Vec<String>,
}

/// The services of every file in `docker/compose`.
///
/// # Errors
/// When there is none, or a limit is no size.
pub(super) fn services(checkout: &Path) -> anyhow::Result<BTreeMap<String, Service>> {
    let mut services = BTreeMap::new();
    let folder = checkout.join("docker/compose");
    for entry in std::fs::read_dir(&folder).with_context(|| format!("read {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "yml") {
            let text = std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
            services.extend(of_file(&text).with_context(|| path.display().to_string())?);
        }
    }
    Ok(services)
}

/// These files are plain: services two spaces in, their keys four, items of a list six.
fn of_file(text: &str) -> anyhow::Result<BTreeMap<String, Service>> {
    let mut services: BTreeMap<String, Service> = BTreeMap::new();
    let (mut name, mut key) = (None, "");
    for line in text.lines().skip_while(|line| *line != "services:").skip(1) {
        let indent = line.len() - line.trim_start().len();
        let content = line.trim();
        match indent {
            _ if content.is_empty() || content.starts_with('#') => {}
            0 => break,
            2 => name = content.strip_suffix(':').map(str::to_owned),
            _ => {
                let Some(name) = &name else { continue };
                let service = services.entry(name.clone()).or_default();
                if indent == 4 {
                    key = content.split(':').next().unwrap_or_default();
                }
                if let Some(size) = content.strip_prefix("mem_limit:").filter(|_| indent == 4) {
                    service.memory = Some(bytes(size.trim())?);
                } else if let Some(item) = content.strip_prefix("- ").filter(|_| key == "command") {
                    let unquoted = |word: &str| word.trim_matches('"').to_owned();
                    service.command.extend(item.split_whitespace().map(unquoted));
                }
            }
        }
    }
    Ok(services)
}

/// `448m`: what compose takes for 448 × 2^20.
fn bytes(size: &str) -> anyhow::Result<u64> {
    let size = size.to_lowercase();
    let digits = size.trim_end_matches(|unit: char| unit.is_ascii_alphabetic());
    let unit: u64 = match &size[digits.len()..] {
        "g" | "gb" => 1 << 30,
        "m" | "mb" => 1 << 20,
        "k" | "kb" => 1 << 10,
        "" | "b" => 1,
        other => anyhow::bail!("{other:?} is no unit of memory"),
    };
    Ok(digits.parse::<u64>().with_context(|| format!("{size:?} is no size"))? * unit)
}
