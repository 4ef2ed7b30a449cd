//! `twilight channels enable | disable | set-budget | set-order | remove`.

use serde_json::{Value, json};

use super::{GatewayApi, list::shown, text::name};
use crate::{table::Output, usage::usage};

/// The word for what the definition says.
const DEFAULT: &str = "default";

/// Which channel is taken into service.
#[derive(clap::Args)]
pub(crate) struct Enable {
    /// Its name.
    #[arg(value_parser = name)]
    name: String,
}

/// Which channel is taken out of service.
#[derive(clap::Args)]
pub(crate) struct Disable {
    /// Its name.
    #[arg(value_parser = name)]
    name: String,
}

/// Which channel may cost how much.
#[derive(clap::Args)]
pub(crate) struct SetBudget {
    /// Its name.
    #[arg(value_parser = name)]
    name: String,
    /// Yuan a day of Asia/Shanghai; 0 is nothing at all, "none" no bound, "default" what its definition says.
    #[arg(allow_hyphen_values = true)]
    yuan: String,
}

/// Which channel is asked when.
#[derive(clap::Args)]
pub(crate) struct SetOrder {
    /// Its name.
    #[arg(value_parser = name)]
    name: String,
    /// Channels of a higher priority are asked first; "default" is what its definition says.
    #[arg(long, allow_hyphen_values = true)]
    priority: Option<String>,
    /// Its share of the requests where routing is weighted; "default" is what its definition says.
    #[arg(long, allow_hyphen_values = true)]
    weight: Option<String>,
}

/// Which stored channel is removed.
#[derive(clap::Args)]
pub(crate) struct Remove {
    /// Its name.
    #[arg(value_parser = name)]
    name: String,
}

impl Enable {
    pub(super) async fn run(self, gateway: &GatewayApi, output: Output) -> anyhow::Result<()> {
        change(gateway, &self.name, json!({"enabled": true}), output).await
    }
}

impl Disable {
    pub(super) async fn run(self, gateway: &GatewayApi, output: Output) -> anyhow::Result<()> {
        change(gateway, &self.name, json!({"enabled": false}), output).await
    }
}

impl SetBudget {
    pub(super) async fn run(self, gateway: &GatewayApi, output: Output) -> anyhow::Result<()> {
        let budget = if self.yuan == DEFAULT { Value::Null } else { json!(self.yuan) };
        change(gateway, &self.name, json!({"budget_cny_per_day": budget}), output).await
    }
}

impl SetOrder {
    pub(super) async fn run(self, gateway: &GatewayApi, output: Output) -> anyhow::Result<()> {
        let mut wanted = json!({});
        for (member, value) in [("priority", &self.priority), ("weight", &self.weight)] {
            let Some(value) = value else { continue };
            wanted[member] = match value.as_str() {
                DEFAULT => Value::Null,
                number => number
                    .parse::<i64>()
                    .map(Value::from)
                    .map_err(|_| usage(format!("--{member} {number}: write a whole number, or \"{DEFAULT}\"")))?,
            };
        }
        if wanted == json!({}) {
            return Err(usage("write --priority, --weight, or both"));
        }
        change(gateway, &self.name, wanted, output).await
    }
}

impl Remove {
    pub(super) async fn run(self, gateway: &GatewayApi, output: Output) -> anyhow::Result<()> {
        let answer = gateway.delete(&format!("/admin/channels/{}", self.name)).await?;
        output.print(&answer, |_| format!("removed {}", self.name))
    }
}

async fn change(gateway: &GatewayApi, name: &str, wanted: Value, output: Output) -> anyhow::Result<()> {
    let answer = gateway.patch(&format!("/admin/channels/{name}"), &wanted).await?;
    output.print(&answer, |channel| shown(std::slice::from_ref(channel)))
}
