//! What becomes of the two wrong rows: found, told, decided; and of nothing else.

use std::time::Duration;

use anyhow::Context as _;
use job_queue::{
    Broker, JobState, Queue,
    payload::queue_name::{QUALITY, WAREHOUSE_WRITE},
};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{daemon::Daemon, damage::Damage, questions::Asker, stage::Stage};

/// What was seen of the checks.
pub(crate) struct Checked {
    /// Codes and how long the check of the whole history took.
    pub(crate) codes: u64,
    pub(crate) elapsed: Duration,
    /// A line per open finding.
    pub(crate) findings: Vec<String>,
    /// What the receiver of alerts was told, a line each.
    pub(crate) alerts: Vec<String>,
    /// What became of the row in quarantine.
    pub(crate) decided: String,
}

const TICK: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(60);
/// The rules that must object, each to the one row that is meant for it.
const DISAGREES: &str = "cross_source";
const REFUSED: &str = "nonpositive_price";

pub(crate) async fn run(stage: &Stage, damage: &Damage, api: &str, checker: &Daemon) -> anyhow::Result<Checked> {
    let desk = Desk { asker: Asker::new(api)?, broker: Broker::connect(&stage.redis.url())?, checker };
    let begun = Instant::now();
    let asked = desk.asker.post("/admin/quality/check?all=true", &json!({})).await?;
    let report = desk.done(QUALITY, &asked).await?;
    let elapsed = begun.elapsed();
    let codes = report["codes"].as_u64().context("the check names no codes")?;

    let expected = [(DISAGREES, damage.lie.code.to_string()), (REFUSED, damage.zero.to_string())];
    let open = desk.open(&expected).await?;
    let told = |status: &str, check: &str| alert(stage, status, check);
    let (disagrees, refused) = tokio::try_join!(
        desk.until("an alert", || told("firing", DISAGREES)),
        desk.until("an alert", || told("firing", REFUSED))
    )?;
    let (id, kept) = desk.release(&damage.zero.to_string()).await?;
    let decided = desk.discard(&id).await?;
    desk.open(&expected[..1]).await?;
    let resolved = desk.until("the all-clear", || told("resolved", REFUSED)).await?;
    Ok(Checked {
        codes,
        elapsed,
        findings: open.iter().map(shown).collect(),
        alerts: vec![disagrees, refused, resolved],
        decided: format!("released: {kept}; then {decided}"),
    })
}

/// What the receiver was told about a check.
fn alert(stage: &Stage, status: &str, check: &str) -> Option<String> {
    let messages = stage.receiver.messages();
    let body =
        messages.iter().map(|alert| &alert.body).find(|body| body["status"] == status && body["check"] == check)?;
    Some(body["message"].as_str().unwrap_or_default().to_owned())
}

fn shown(finding: &Value) -> String {
    let text = |member: &str| finding[member].as_str().unwrap_or("-").to_owned();
    format!("{} {} {} {}: {}", text("severity"), text("check"), text("code"), text("trade_date"), text("message"))
}

struct Desk<'a> {
    asker: Asker,
    broker: Broker,
    checker: &'a Daemon,
}

impl Desk<'_> {
    /// The result of the job that a request was answered with.
    async fn done(&self, queue: &str, accepted: &Value) -> anyhow::Result<Value> {
        let id = accepted["job_id"].as_str().with_context(|| format!("no job: {accepted}"))?;
        let queue: Queue<Value> = Queue::new(&self.broker, queue)?;
        let waiting = async {
            loop {
                let job = queue.show(id).await?;
                match job.summary.state {
                    JobState::Done => return Ok(job.result.unwrap_or_default()),
                    JobState::Dead => anyhow::bail!("{id} failed: {}", job.summary.error.unwrap_or_default()),
                    _ => tokio::time::sleep(TICK).await,
                }
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.with_context(|| format!("{id} never ended"))?
    }

    /// The open findings, once they are the expected ones (rule and code) and no others. What is found is published within a
    /// second.
    async fn open(&self, expected: &[(&str, String)]) -> anyhow::Result<Vec<Value>> {
        let mut seen = Vec::new();
        let waiting = async {
            loop {
                let answer = self.asker.get("/quality/logs?open=true&limit=1000").await?;
                seen = answer.as_array().cloned().context("the log is no array")?;
                let is_expected = |finding: &Value| {
                    expected.iter().any(|(check, code)| finding["check"] == *check && finding["code"] == *code)
                };
                if seen.len() == expected.len() && seen.iter().all(is_expected) {
                    return anyhow::Ok(());
                }
                tokio::time::sleep(TICK).await;
            }
        };
        match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(outcome) => outcome.map(|()| seen),
            Err(_) => {
                let seen: Vec<String> = seen.iter().take(10).map(shown).collect();
                anyhow::bail!("expected findings about {expected:?}, and no others; open are\n{}", seen.join("\n"))
            }
        }
    }

    async fn until<T>(&self, what: &str, look: impl Fn() -> Option<T>) -> anyhow::Result<T> {
        let waiting = async {
            loop {
                if let Some(found) = look() {
                    return found;
                }
                tokio::time::sleep(TICK).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting)
            .await
            .with_context(|| format!("{what} never came; quality-worker's log:\n{}", self.checker.log_end()))
    }

    /// The one row in quarantine, about `code`, and why a release leaves it there: its close is zero still.
    async fn release(&self, code: &str) -> anyhow::Result<(String, String)> {
        let held = self.asker.get("/quality/quarantine?state=held").await?;
        let rows = held.as_array().context("the quarantine is no array")?;
        anyhow::ensure!(
            rows.len() == 1 && rows[0]["code"] == code,
            "one row of {code} should be in quarantine: {held}"
        );
        let id = rows[0]["id"].as_str().context("a row without an id")?.to_owned();
        let wish = json!({"ids": [&id], "note": "is it so bad?"});
        let result = self.done(WAREHOUSE_WRITE, &self.asker.post("/admin/quarantine/release", &wish).await?).await?;
        let reason = result["refused"][0]["reason"].as_str().with_context(|| format!("not refused: {result}"))?;
        Ok((id, format!("refused again, {reason}")))
    }

    async fn discard(&self, id: &str) -> anyhow::Result<String> {
        let wish = json!({"ids": [id], "note": "a slip of the vendor"});
        let result = self.done(WAREHOUSE_WRITE, &self.asker.post("/admin/quarantine/discard", &wish).await?).await?;
        anyhow::ensure!(result["discarded"] == json!([id]), "not discarded: {result}");
        Ok("discarded".to_owned())
    }
}
