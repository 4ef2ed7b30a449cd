//! The closing table: what happened, how long it took, and what to try next.

use std::time::Duration;

use warehouse::VerifyReport;

use super::{
    ingest::Ingested,
    questions::Answers,
    stage::{API_TOKEN, Stage},
};
use crate::table::{count, table};

pub(crate) fn print(
    stage: &Stage,
    ingested: &Ingested,
    verified: &VerifyReport,
    answers: &Answers,
    api: &str,
    elapsed: Duration,
) {
    let rows = |name: &str| verified.manifest.tables.get(name).map_or(0, |table| table.rows);
    let (first, last) = (stage.days.first(), stage.days.last());
    let range = first.zip(last).map_or_else(String::new, |(first, last)| format!("{first} to {last}"));
    let per_day = ingested.elapsed.as_secs_f64() / stage.days.len().max(1) as f64;
    let line = |what: &str, result: String| [what.to_owned(), result];
    println!(
        "{}",
        table(
            ["what happened", "result"],
            [
                line("jobs through Redis", format!("{} done, 0 dead", count(ingested.jobs))),
                line("trading days", format!("{} ({range})", stage.days.len())),
                line("vendor calls", count(stage.vendor.calls().total() as u64)),
                line("normalized bars", count(rows("normalized_daily"))),
                line("curated bars", count(rows("curated_daily"))),
                line("feature rows", count(rows("feature_daily"))),
                line("ingest", format!("{:.1} s, {per_day:.2} s a day", ingested.elapsed.as_secs_f64())),
                line("generation", format!("{} published, verified whole", answers.generation)),
                line("API against the market", format!("{} bars equal", count(answers.compared as u64))),
                line("fastest answer", format!("{:.2} ms over HTTP", answers.fastest.as_secs_f64() * 1e3)),
                line("altogether", format!("{:.1} s", elapsed.as_secs_f64())),
            ],
        )
    );
    println!("{} on its last day:\n  {}", answers.code, answers.last_row);
    println!("  features {}", answers.features["features"]);
    println!("\nTry it:");
    println!(
        "  curl -s -H 'authorization: Bearer {API_TOKEN}' '{api}/warehouse/daily?code={}&adjust=qfq'",
        answers.code
    );
    println!("  curl -s -H 'authorization: Bearer {API_TOKEN}' '{api}/quality/status'");
    println!("  {api}/docs");
}
