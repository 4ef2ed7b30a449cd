//! The gateway's part of the demo's configuration.

use std::{net::SocketAddr, path::Path};

use upstream_simulators::LlmServer;

use super::MODEL;

/// The token of the admin API; it opens nothing outside this demo.
pub(crate) const ADMIN_TOKEN: &str = "twilight-demo-admin-token";

/// Every key of the provider is a channel with the specification's limits. Probes and recoveries are quicker than in
/// production, so that somebody who watches sees them.
pub(crate) fn text(folder: &Path, llm: &LlmServer, listen: SocketAddr) -> String {
    let (state, prices) = (folder.join("gateway"), folder.join("prices.toml"));
    let mut text = format!(
        r#"
[gateway-proxy]
listen = "{listen}"
state = "{}"
prices = "{}"
admin_token = "{ADMIN_TOKEN}"
probe_every_s = 10
recovery_every_s = 20

[gateway-proxy.jobs]
reconcile_balances = "off"
"#,
        state.display(),
        prices.display(),
    );
    let (dialect, base_url) = (llm.dialect().name(), llm.base_url());
    for key in llm.keys() {
        text += &format!(
            r#"
[[gateway-proxy.channels]]
name = "{}"
dialect = "{dialect}"
base_url = "{base_url}"
key = "{}"
models = ["{MODEL}"]
rpm = 100
tpm = 500000
budget_cny_per_day = "500"
"#,
            key.name, key.secret,
        );
    }
    text
}

/// The price table: what the provider bills.
pub(crate) fn prices() -> String {
    format!(
        "[[prices]]\nmodel = \"{MODEL}\"\nfrom = \"2026-01-01\"\ninput = \"0.8\"\ncached_input = \"0.16\"\noutput = \"2\"\n\
         source = \"the simulated provider's\"\n"
    )
}
