//! What stands beside: nginx as the floor, LiteLLM and Portkey as gateways. None of them keeps limits, budgets or books here.

use std::{net::SocketAddr, path::Path};

use anyhow::Context as _;
use tokio::process::Command;

use super::{
    question::MODEL,
    subject::{Subject, free_address},
};
use crate::place::{self, Place};

const NGINX: &str = "/usr/sbin/nginx";

/// nginx with two workers and connections to the provider that are kept; nothing where it is not installed.
///
/// # Errors
/// When it is, and does not start.
pub(super) async fn nginx(provider: SocketAddr, folder: &Path) -> anyhow::Result<Option<Subject>> {
    if !Path::new(NGINX).exists() {
        return Ok(None);
    }
    let (address, home) = (free_address()?, folder.join("nginx"));
    place::empty(&home)?;
    let at = home.display();
    let config = format!(
        r#"worker_processes 2; daemon off; pid {at}/pid; error_log {at}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off; keepalive_requests 1000000000; proxy_buffering off;
    client_body_temp_path {at}/body; proxy_temp_path {at}/proxy;
    fastcgi_temp_path {at}/fastcgi; uwsgi_temp_path {at}/uwsgi; scgi_temp_path {at}/scgi;
    upstream provider {{ server {provider}; keepalive 1024; keepalive_requests 1000000000; }}
    server {{
        listen {address} backlog=4096;
        location / {{ proxy_pass http://provider; proxy_http_version 1.1; proxy_set_header Connection ""; }}
    }}
}}
"#
    );
    let file = home.join("nginx.conf");
    std::fs::write(&file, config).context("write nginx's configuration")?;
    let mut command = Command::new(NGINX);
    command.arg("-c").arg(&file).arg("-e").arg(home.join("error.log"));
    Subject::start("nginx", address, bearer("none"), command, folder).await.map(Some)
}

/// LiteLLM's proxy with two workers, without a database; nothing where it is not installed.
///
/// # Errors
/// When it is, and does not start.
pub(super) async fn litellm(provider: SocketAddr, place: &Place, folder: &Path) -> anyhow::Result<Option<Subject>> {
    let program = place.peers().join("litellm/bin/litellm");
    if !program.exists() {
        return Ok(None);
    }
    let address = free_address()?;
    let config = format!(
        "model_list:\n  - model_name: {MODEL}\n    litellm_params:\n      model: openai/{MODEL}\n      \
         api_base: http://{provider}/v1\n      api_key: sk-bench-1\nlitellm_settings:\n  telemetry: false\n"
    );
    let file = folder.join("litellm.yaml");
    std::fs::write(&file, config).context("write LiteLLM's configuration")?;
    let mut command = Command::new(program);
    command.arg("--config").arg(&file).args(["--host", "127.0.0.1", "--num_workers", "2", "--telemetry", "False"]);
    command.args(["--port", &address.port().to_string()]);
    // Without them it asks the network for prices, and writes a line for every request.
    command.env("LITELLM_LOCAL_MODEL_COST_MAP", "True").env("LITELLM_LOG", "ERROR").env("NO_PROXY", "*");
    Subject::start("LiteLLM 1.100.5", address, bearer("sk-1234"), command, folder).await.map(Some)
}

/// Portkey's gateway, which is one process; nothing where it is not installed.
///
/// # Errors
/// When it is, and does not start.
pub(super) async fn portkey(provider: SocketAddr, place: &Place, folder: &Path) -> anyhow::Result<Option<Subject>> {
    let program = place.peers().join("portkey/node_modules/@portkey-ai/gateway/build/start-server.js");
    if !program.exists() {
        return Ok(None);
    }
    let address = free_address()?;
    let mut command = Command::new("node");
    command.arg(program).args([&format!("--port={}", address.port()), "--headless"]);
    // It believes addresses of this machine only where they are named.
    command.env("TRUSTED_CUSTOM_HOSTS", "127.0.0.1,localhost");
    let headers = format!(
        "{}x-portkey-provider: openai\r\nx-portkey-custom-host: http://{provider}/v1\r\n",
        bearer("sk-bench-1")
    );
    Subject::start("Portkey 1.15.2", address, headers, command, folder).await.map(Some)
}

fn bearer(token: &str) -> String {
    format!("authorization: Bearer {token}\r\n")
}
