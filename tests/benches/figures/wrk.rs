//! The same questions asked by `wrk`, where it is installed: a check on our own load generator.

use std::{net::SocketAddr, path::Path};

use anyhow::Context as _;
use tokio::process::Command;

use crate::load::Questions;

/// What `wrk` says.
pub(crate) struct Found {
    pub(crate) p50: String,
    pub(crate) p99: String,
    pub(crate) per_second: f64,
}

/// Asks for `seconds` over `clients` connections on one thread; `None` where there is no `wrk`.
///
/// # Errors
/// When it fails, or gets an answer that is none.
pub(crate) async fn ask(
    address: SocketAddr,
    questions: &Questions,
    clients: usize,
    seconds: u32,
    folder: &Path,
) -> anyhow::Result<Option<Found>> {
    let script = folder.join("questions.lua");
    std::fs::write(&script, script_of(questions)).with_context(|| format!("write {}", script.display()))?;
    let mut command = Command::new("wrk");
    command.args(["-t1", &format!("-c{clients}"), &format!("-d{seconds}s"), "-s"]);
    command.arg(&script).arg(format!("http://{address}"));
    run(command).await
}

/// Runs `command`, which is `wrk` with its arguments; `None` where there is no `wrk`.
///
/// # Errors
/// As [`ask`].
pub(crate) async fn run(mut command: Command) -> anyhow::Result<Option<Found>> {
    let output = match command.arg("--latency").output().await {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        output => output.context("run wrk")?,
    };
    let text = String::from_utf8_lossy(&output.stdout);
    anyhow::ensure!(
        output.status.success() && !text.contains("Non-2xx") && !text.contains("Socket errors"),
        "wrk: {text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let after = |key: &str| {
        let line = text.lines().map(str::trim).find(|line| line.starts_with(key))?;
        line.split_whitespace().last().map(str::to_owned)
    };
    let per_second = after("Requests/sec").and_then(|text| text.parse().ok()).context("wrk printed no Requests/sec")?;
    Ok(Some(Found { p50: after("50%").unwrap_or_default(), p99: after("99%").unwrap_or_default(), per_second }))
}

fn script_of(questions: &Questions) -> String {
    let headers: Vec<String> = questions
        .headers
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| format!("[\"{name}\"] = \"{value}\""))
        .collect();
    let paths: Vec<String> = questions.paths.iter().map(|path| format!("\"{path}\"")).collect();
    format!(
        "local headers = {{ {} }}\nlocal paths = {{ {} }}\nlocal at = 0\n\
         request = function()\n  at = at % #paths + 1\n  return wrk.format(\"GET\", paths[at], headers)\nend\n",
        headers.join(", "),
        paths.join(",\n")
    )
}
