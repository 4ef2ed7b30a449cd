//! Sends what a check found to the writer, as jobs whose ids are the same however often the check is repeated.

use chrono::{DateTime, NaiveDate, Utc};
use job_queue::{
    Push, Queue, QueueError,
    payload::{FindingScope, RecordFindings, WarehouseWriteJob},
};
use sha2::{Digest as _, Sha256};

use super::parts::Part;

/// What all parts of a check have in common.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    /// `check_generation` or `check_freshness`.
    pub(crate) check: &'static str,
    /// The generation that was read.
    pub(crate) generation: Option<u64>,
    /// The market commits that it holds.
    pub(crate) commit_seq: u64,
    /// When it was checked.
    pub(crate) checked_at: DateTime<Utc>,
    /// The rules that were run.
    pub(crate) rules: Vec<&'static str>,
    /// The days; `None` for all.
    pub(crate) dates: Option<Vec<NaiveDate>>,
}

/// Sends the parts of one check.
#[derive(Debug)]
pub(crate) struct Recorder<'a> {
    queue: &'a Queue<WarehouseWriteJob>,
    job_id: String,
    subject: Subject,
}

impl<'a> Recorder<'a> {
    /// For the check that the job `job_id` makes.
    pub(crate) fn new(queue: &'a Queue<WarehouseWriteJob>, job_id: &str, subject: Subject) -> Self {
        Self { queue, job_id: short(job_id), subject }
    }

    /// Puts a part into the queue `warehouse-write`, once.
    ///
    /// # Errors
    /// When Redis is away; the check is repeated then.
    pub(crate) async fn push(&self, part: Part) -> Result<(), QueueError> {
        let job = self.job(&part);
        self.queue.push(Push::id(&self.id(&part, &job)), &WarehouseWriteJob::RecordFindings(Box::new(job))).await?;
        Ok(())
    }

    fn job(&self, part: &Part) -> RecordFindings {
        let Subject { check, generation, commit_seq, checked_at, rules, dates } = &self.subject;
        RecordFindings {
            check: (*check).to_owned(),
            generation: *generation,
            commit_seq: *commit_seq,
            checked_at: *checked_at,
            scope: FindingScope {
                checks: rules.iter().map(|rule| (*rule).to_owned()).collect(),
                dates: dates.clone(),
                from_code: part.from_code.map(|code| code.to_string()),
                to_code: part.to_code.map(|code| code.to_string()),
            },
            last: part.is_last,
            findings: part.findings.clone(),
        }
    }

    /// `record_findings@42#<job>-0-1a2b3c4d`. The content is in it, all but the time: a program with other rules, or another
    /// configuration, that takes over a check in the middle cuts other parts, and none of them must be taken for one of the
    /// program before.
    fn id(&self, part: &Part, job: &RecordFindings) -> String {
        let timeless = RecordFindings { checked_at: DateTime::UNIX_EPOCH, ..job.clone() };
        let content = serde_json::to_vec(&timeless).unwrap_or_default();
        let content = hex::encode(&Sha256::digest(content)[..4]);
        let generation = self.subject.generation.unwrap_or_default();
        format!("record_findings@{generation}#{}-{}-{content}", self.job_id, part.number)
    }
}

/// Ids end at 200 letters; ours has others beside the job's.
fn short(job_id: &str) -> String {
    const LONGEST: usize = 120;
    if job_id.len() <= LONGEST {
        return job_id.to_owned();
    }
    let kept: String = job_id.chars().take(LONGEST - 20).collect();
    format!("{kept}…{}", hex::encode(&Sha256::digest(job_id)[..4])).replace('…', "..")
}

#[cfg(test)]
mod tests {
    use job_queue::{Broker, payload::FindingRecord};
    use serde_json::json;

    use super::*;

    fn part(message: &str) -> Part {
        let finding = FindingRecord {
            check: "price_limit".to_owned(),
            severity: "error".to_owned(),
            code: None,
            trade_date: None,
            subject: String::new(),
            message: message.to_owned(),
            details: json!({}),
        };
        Part { number: 3, from_code: None, to_code: None, is_last: true, findings: vec![finding] }
    }

    #[tokio::test]
    async fn the_same_part_has_the_same_id_whenever_it_is_sent() {
        let queue = Queue::new(&Broker::connect("redis://127.0.0.1:1/").unwrap(), "warehouse-write").unwrap();
        let id = |job_id: &str, at: i64, message: &str| {
            let subject = Subject {
                check: "check_generation",
                generation: Some(42),
                commit_seq: 7,
                checked_at: DateTime::from_timestamp(at, 0).unwrap(),
                rules: vec!["price_limit"],
                dates: None,
            };
            let recorder = Recorder::new(&queue, job_id, subject);
            let part = part(message);
            recorder.id(&part, &recorder.job(&part))
        };
        let first = id("check_generation@42", 0, "a");
        assert!(first.starts_with("record_findings@42#check_generation@42-3-"), "{first}");
        assert_eq!(id("check_generation@42", 99, "a"), first);
        assert_ne!(id("check_generation@42", 0, "b"), first);
        let long = id(&"x".repeat(200), 0, "a");
        assert!(long.len() <= 200 && long != id(&format!("{}y", "x".repeat(199)), 0, "a"), "{long}");
    }
}
