//! The configuration of a gateway over a simulated provider.

use std::path::Path;

use upstream_simulators::{LlmOptions, LlmServer};

use super::kit::{ADMIN, Setup};

/// The text of `twilight.toml`: a channel for every key, without limits where the setup has none.
pub(super) fn configuration(setup: &Setup<'_>, llm: &LlmServer, folder: &Path) -> String {
    let admin = if setup.admin { format!("admin_token = \"{ADMIN}\"") } else { String::new() };
    let (state, prices) = (folder.join("state"), folder.join("prices.toml"));
    let mut text = format!(
        "[gateway-proxy]\nlisten = \"127.0.0.1:1\"\nstate = {state:?}\nprices = {prices:?}\n{admin}\n{}\n",
        setup.gateway
    );
    let mut lines = setup.channel.to_owned();
    for (name, none) in [("rpm", "0"), ("tpm", "0"), ("budget_cny_per_day", "\"none\"")] {
        if !setup.channel.lines().any(|line| line.starts_with(name)) {
            lines += &format!("\n{name} = {none}");
        }
    }
    for key in llm.keys() {
        text += &format!(
            "[[gateway-proxy.channels]]\nname = \"{}\"\ndialect = \"{}\"\nbase_url = \"{}\"\naccount = \"{}\"\n\
             key = \"{}\"\nmodels = [\"qwen-plus\"]\n{lines}\n",
            key.name,
            llm.dialect().name(),
            llm.base_url(),
            key.account,
            key.secret,
        );
    }
    text
}

/// What the provider bills, as a price table.
pub(super) fn prices(llm: &LlmOptions) -> String {
    // Nano-yuan per token are thousandths of yuan per million tokens.
    let yuan = |nano: u64| format!("{}.{:03}", nano / 1000, nano % 1000);
    let (input, cached, output) = (yuan(llm.price.input), yuan(llm.price.cached_input), yuan(llm.price.output));
    format!(
        "[[prices]]\nmodel = \"qwen-plus\"\nfrom = \"2026-01-01\"\ninput = \"{input}\"\ncached_input = \"{cached}\"\n\
         output = \"{output}\"\n"
    )
}
