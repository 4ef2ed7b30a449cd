//! The registry's pages over two thousand profiles.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use daemon_kit::http;
use serde_json::json;
use system_tests::gateway::{GatewaySettings, GatewayStage};
use tokio::process::Command;

use super::{Findings, Pages};
use crate::{daemon::Daemon, report::Report};

const ADMIN_TOKEN: &str = "figures-operators-token";
const PROFILES: usize = 2_000;
/// Of these so many were bought, and have a template that they may have drifted from.
const BOUGHT: usize = 200;
/// Profiles of one push.
const PART: usize = 100;
const RECIPIENT: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

pub(super) async fn measure(report: &mut Report, findings: &mut Findings) -> anyhow::Result<()> {
    let stage = GatewayStage::new(GatewaySettings::keys(1)).await;
    let gateway = stage.gateway().await;
    let folder = tempfile::tempdir().context("make a folder")?;
    let config = folder.path().join("registry.toml");
    std::fs::write(&config, configuration(folder.path(), gateway.url(), &stage.redis.url()))?;
    let (registry, address) = Daemon::start("profile-registry", &config, folder.path()).await?;
    push(address, &folder.path().join("work")).await?;
    let profile = buy(address).await?;
    report.fact("registry", format!("{PROFILES} profiles, {BOUGHT} of them bought and of a template"));
    let pages = Pages::enter("profile-registry", address, ADMIN_TOKEN).await?;
    let detail = pages.read(&format!("/console/profiles/{profile}")).await?;
    let commit = detail.split("/commits/").nth(1).and_then(|rest| rest.split('"').next());
    let commit = commit.context("the profile's page leads to no commit")?;
    for (name, path) in [
        ("profiles", "/console/profiles".to_owned()),
        ("profiles that match", "/console/profiles?q=profile-19".to_owned()),
        ("a profile", format!("/console/profiles/{profile}")),
        ("a commit", format!("/console/profiles/{profile}/commits/{commit}")),
        ("its drift", format!("/console/profiles/{profile}/drift")),
        ("orders", "/console/orders".to_owned()),
        ("an order", "/console/orders/TW0001".to_owned()),
        ("templates", "/console/templates".to_owned()),
        ("hosts", "/console/hosts".to_owned()),
        ("tokens", "/console/credentials".to_owned()),
    ] {
        pages.measure(findings, name, &path).await?;
    }
    report.fact("memory of profile-registry", registry.memory()?.to_string());
    registry.stop().await?;
    gateway.daemon.stop().await;
    Ok(())
}

/// Profiles as an operator pushes them, a commit for every hundred.
async fn push(address: SocketAddr, work: &Path) -> anyhow::Result<()> {
    let url = format!("http://operator:{ADMIN_TOKEN}@{address}/git/registry.git");
    let mut clone = Command::new("git");
    clone.args(["clone", "--quiet", &url]).arg(work);
    finish(clone).await?;
    let git = async |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.arg("-C").arg(work).args(["-c", "user.name=Figures", "-c", "user.email=figures@example.com"]);
        git.args(arguments);
        finish(git).await
    };
    let name = |number: usize| format!("profile-{number}");
    let mut owners = std::fs::read_to_string(work.join("OWNERS"))?;
    for number in BOUGHT..PROFILES {
        owners.push_str(&format!("{} | tg:{} | telegram | 2026-11-22T00:00:00Z\n", name(number), number + 1));
    }
    std::fs::write(work.join("OWNERS"), owners)?;
    git(&["add", "--all"]).await?;
    git(&["commit", "--quiet", "--message", "Claim"]).await?;
    for first in (BOUGHT..PROFILES).step_by(PART) {
        for number in first..PROFILES.min(first + PART) {
            let folder: PathBuf = work.join("profiles").join(name(number));
            std::fs::create_dir_all(&folder)?;
            std::fs::write(folder.join("SOUL.md"), format!("I am {}.\n", name(number)).repeat(20))?;
            std::fs::write(folder.join("config.yaml"), "model:\n  default: mock\n")?;
        }
        git(&["add", "--all"]).await?;
        git(&["commit", "--quiet", "--message", "Edit"]).await?;
        git(&["push", "--quiet", "origin", "HEAD"]).await?;
    }
    Ok(())
}

/// Profiles as payments make them; the name of the last.
async fn buy(address: SocketAddr) -> anyhow::Result<String> {
    let client = http::client(&http::ClientOptions::default())?;
    let post = async |path: &str, body: serde_json::Value| -> anyhow::Result<serde_json::Value> {
        let request = client.post(format!("http://{address}{path}")).bearer_auth(ADMIN_TOKEN).json(&body);
        let answer = request.send().await?;
        anyhow::ensure!(answer.status().is_success(), "{path}: {}", answer.text().await?);
        Ok(answer.json().await?)
    };
    post("/hosts", json!({"name": "mini", "recipient": RECIPIENT})).await?;
    let mut last = String::new();
    for number in 1..=BOUGHT {
        let payer = format!("wx:wx24:o{number}");
        let order = json!({"out_trade_no": format!("TW{number:04}"), "product": "stock-pro", "payer": payer});
        let made = post("/provision", order).await?;
        made["profile"].as_str().with_context(|| format!("no profile: {made}"))?.clone_into(&mut last);
    }
    Ok(last)
}

async fn finish(mut command: Command) -> anyhow::Result<()> {
    let output = command.env("GIT_TERMINAL_PROMPT", "0").kill_on_drop(true).output().await.context("run git")?;
    anyhow::ensure!(output.status.success(), "git: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

fn configuration(folder: &Path, gateway: &str, redis: &str) -> String {
    format!(
        r#"# written by the figures bench
[telemetry]
format = "json"

[queue]
redis_url = "{redis}"

[profile-registry]
listen = "127.0.0.1:0"
state = "{}"
admin_token = "{ADMIN_TOKEN}"
gateway_url = "{gateway}"
gateway_token = "{}"
anonymous_per_minute = 100000

[[profile-registry.products]]
name = "stock-pro"
template = "template-stock-research-pro"
amount_fen = 19900
channel = "weixin"
"#,
        folder.join("registry").display(),
        system_tests::gateway::ADMIN_TOKEN,
    )
}
