//! Findings about data sets whose answers were refused whole: columns that are missing, units that do not fit.
//!
//! A refused answer changes nothing that is stored, so nobody would see it but in the log of jobs. The finding stays open
//! until the data set comes again.

use std::collections::{BTreeMap, BTreeSet};

use quality_rules::{
    RuleInfo, Severity,
    rules::{batch_drift, unit_consistency},
};
use serde_json::json;
use warehouse::{Batch, WarehouseError, Writer};

use super::JobsContext;
use crate::refusal::{Defect, Refusal};

/// The rules by which an answer is refused whole.
const RULES: [&RuleInfo; 2] = [&batch_drift::INFO, &unit_consistency::INFO];

/// The data sets of a batch.
pub(super) fn datasets(batch: &Batch) -> BTreeSet<String> {
    batch.responses.iter().map(|response| response.dataset.clone()).collect()
}

/// Raises a finding for each data set of `source` of which an answer was refused for what it is, and closes those of the
/// data sets in `came` that show nothing of the sort any more. Whether that works changes nothing about the job.
pub(super) async fn note<'a>(
    context: &JobsContext,
    source: &str,
    came: BTreeSet<String>,
    refused: impl Iterator<Item = &'a Refusal>,
    severity: Severity,
) {
    let found = Found::by_dataset(refused);
    if came.is_empty() && found.is_empty() {
        return;
    }
    let (source, now) = (source.to_owned(), context.clock.now());
    let noted = context.writer.write(move |writer: &mut Writer| -> Result<(), WarehouseError> {
        for dataset in &came {
            for rule in RULES.iter().filter(|rule| !found.contains_key(&(rule.code, dataset.clone()))) {
                writer.clear_dataset_finding(rule.code, &source, dataset, now)?;
            }
        }
        for ((rule, dataset), Found { message, answers }) in &found {
            let details = json!({ "source": source, "dataset": dataset, "refused_answers": answers });
            writer.raise_dataset_finding(rule, &source, dataset, severity, message, details, now)?;
        }
        Ok(())
    });
    match noted.await {
        Ok(Ok(())) => context.board.changed(),
        Ok(Err(lost)) => tracing::warn!(error = %lost, "the state of a data set could not be recorded"),
        Err(gone) => tracing::warn!(error = %gone, "the state of a data set could not be recorded"),
    }
}

/// What was found about a data set.
struct Found {
    message: String,
    answers: usize,
}

impl Found {
    /// By rule and data set. Several answers of a data set, each about another code, are one finding.
    fn by_dataset<'a>(refused: impl Iterator<Item = &'a Refusal>) -> BTreeMap<(&'static str, String), Self> {
        let mut found: BTreeMap<_, Self> = BTreeMap::new();
        for refusal in refused {
            let Some(Defect { rule, dataset }) = &refusal.defect else { continue };
            let entry = found.entry((rule.code, dataset.clone()));
            let entry = entry.or_insert_with(|| Self { message: refusal.to_string(), answers: 0 });
            entry.answers += 1;
        }
        found
    }
}
