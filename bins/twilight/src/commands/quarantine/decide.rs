//! A decision about refused rows: a job to the writer, the only one who writes.

use daemon_kit::{config::Config, request_id::RequestId};
use job_queue::{
    Push,
    payload::{Decision, WarehouseWriteJob, queue_name::WAREHOUSE_WRITE},
};
use serde_json::Value;

use crate::{commands::send::Sender, table::Output};

/// Which rows, by whom and why.
#[derive(clap::Args)]
pub(crate) struct Decide {
    /// Ids of entries, as `twilight quarantine list` shows them.
    #[arg(required = true, value_parser = id)]
    ids: Vec<String>,
    /// Who decides.
    #[arg(long, env = "USER", value_parser = who)]
    by: String,
    /// Why.
    #[arg(long, default_value = "")]
    note: String,
    /// Wait until the writer has done it; fails if a row was not treated as decided.
    #[arg(long)]
    wait: bool,
}

impl Decide {
    /// Sends the decision as the job that `job` makes of it.
    pub(super) async fn send(
        self,
        force: bool,
        job: impl FnOnce(Decision) -> WarehouseWriteJob,
        config: &Config,
        output: Output,
    ) -> anyhow::Result<()> {
        let Self { mut ids, by, note, wait } = self;
        ids.sort_unstable();
        ids.dedup();
        let job = job(Decision { ids, by, note, force });
        let id = job.id_on_request(RequestId::generate().as_str());
        let sender = Sender::open(config, WAREHOUSE_WRITE, output)?;
        let id = sender.send(Push::id(&id), &job).await?;
        if !wait {
            return Ok(());
        }
        let result = sender.result(&id).await?;
        output.print(&result, |result| format!("done: {result}"))?;
        match left(&result).as_slice() {
            [] => Ok(()),
            left => anyhow::bail!("not everything was done as decided: {}", left.join("; ")),
        }
    }
}

/// The entries that the writer did not treat as decided, each with the reason. What was decided before is no failure: the
/// same command may be given twice.
fn left(result: &Value) -> Vec<String> {
    let list = |name: &str| result[name].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let refused = list("refused").map(|entry| format!("{}: {}", text(&entry["id"]), text(&entry["reason"])));
    refused.chain(list("unknown").map(|id| format!("{}: there is no such entry", text(id)))).collect()
}

fn id(text: &str) -> Result<String, String> {
    let is_id = (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_id { Ok(text.to_owned()) } else { Err("no id: take it from `twilight quarantine list`".to_owned()) }
}

fn who(text: &str) -> Result<String, String> {
    if text.trim().is_empty() { Err("say who decides".to_owned()) } else { Ok(text.trim().to_owned()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_left_is_told_with_its_reason() {
        let done = json!({"released": ["a"], "refused": [], "unknown": [], "already_decided": ["b"], "generation": 7});
        assert_eq!(left(&done), [] as [&str; 0]);
        let some = json!({"released": [], "refused": [{"id": "a", "reason": "`close` is zero"}], "unknown": ["b"]});
        assert_eq!(left(&some), ["a: `close` is zero", "b: there is no such entry"]);
    }
}
