//! The closing table: what happened, how long it took, and what to try next.

use std::{collections::BTreeSet, time::Duration};

use warehouse::VerifyReport;

use super::{
    configuration::API_TOKEN,
    elsewhere::Elsewhere,
    gateway::{ADMIN_TOKEN, MODEL, Relayed},
    ingest::Ingested,
    operate::Operated,
    profiles::{self, Provisioned},
    quality::Checked,
    questions::Answers,
    search::Searched,
    stage::Stage,
};
use crate::table::{count, table};

/// What the parts of the demo brought.
pub(crate) struct Happened<'a> {
    pub(crate) ingested: &'a Ingested,
    pub(crate) verified: &'a VerifyReport,
    pub(crate) answers: &'a Answers,
    pub(crate) elsewhere: &'a Elsewhere,
    pub(crate) checked: &'a Checked,
    pub(crate) relayed: &'a Relayed,
    pub(crate) searched: &'a Searched,
    pub(crate) provisioned: &'a Provisioned,
    pub(crate) operated: &'a Operated,
}

/// Where it is served.
pub(crate) struct Served<'a> {
    pub(crate) api: &'a str,
    pub(crate) gateway: &'a str,
    pub(crate) registry: &'a str,
}

pub(crate) fn print(stage: &Stage, happened: &Happened<'_>, served: &Served<'_>, elapsed: Duration) {
    let Happened { ingested, verified, answers, elsewhere, checked, relayed, searched, provisioned, operated } =
        happened;
    let api = served.api;
    let rows = |name: &str| verified.manifest.tables.get(name).map_or(0, |table| table.rows);
    let (first, last) = (stage.all_days().next(), stage.days.last());
    let range = first.zip(last).map_or_else(String::new, |(first, last)| format!("{first} to {last}"));
    let per_day = ingested.days.as_secs_f64() / stage.days.len().max(1) as f64;
    let rate = ingested.history_rows as f64 / ingested.history.as_secs_f64().max(f64::MIN_POSITIVE);
    let line = |what: &str, result: String| [what.to_owned(), result];
    let calls = stage.vendors.calls().map(|(name, calls)| format!("{name} {}", count(calls))).join(", ");
    let world = &elsewhere.world_bars;
    println!(
        "{}",
        table(
            ["what happened", "result"],
            [
                line("jobs through Redis", format!("{} done, 0 dead", count(ingested.jobs))),
                line("trading days", format!("{} + {} ({range})", stage.history.len(), stage.days.len())),
                line("vendor calls", calls),
                line("normalized bars", count(rows("normalized_daily"))),
                line("curated bars", count(rows("curated_daily"))),
                line("feature rows", count(rows("feature_daily"))),
                line("fundamental claims", count(rows("fundamental_claim"))),
                line("macro observations", count(rows("macro_observation"))),
                line(
                    "histories (TDX)",
                    format!(
                        "{} bars in {:.1} s, {} a second",
                        count(ingested.history_rows),
                        ingested.history.as_secs_f64(),
                        count(rate as u64)
                    ),
                ),
                line("days (Tushare)", format!("{:.1} s, {per_day:.2} s a day", ingested.days.as_secs_f64())),
                line("the other vendors", format!("{:.1} s", ingested.others.as_secs_f64())),
                line("generation", format!("{} published, verified whole", answers.generation)),
                line("API against the market", format!("{} bars equal", count(answers.compared as u64))),
                line("two sources, last day", format!("{} closes equal", count(elsewhere.closes_equal))),
                line("abroad against the world", format!("{} bars of {} codes equal", count(world.0), world.1)),
                line("claims of one company", elsewhere.claims.clone()),
                line(
                    "every rule, all days",
                    format!("{} codes judged in {:.1} s", count(checked.codes), checked.elapsed.as_secs_f64()),
                ),
                line("two rows made wrong", format!("{} findings, 0 false alarms", checked.findings.len())),
                line("alerts", format!("{} messages", checked.alerts.len())),
                line("the row in quarantine", checked.decided.clone()),
                line("fastest answer", format!("{:.2} ms over HTTP", answers.fastest.as_secs_f64() * 1e3)),
                line("LLM requests through 5 keys", asked(relayed)),
                line("a key that died amid them", died(relayed)),
                line("LLM tokens and money", money(relayed)),
                line("web search in Chinese", sought(&searched.chinese)),
                line("web search of the world", sought(&searched.global)),
                line("search cache and limit", cached(searched)),
                line("a profile paid by WeChat", alive(provisioned)),
                line("its files and secrets", laid_out(provisioned)),
                line("what its tokens open", "a chat, the market's data, the web's search".to_owned()),
                line("further notifications", counted(provisioned)),
                line("a replica by rsync", replicated(operated)),
                line("its API beside the primary's", format!("every bar of {} codes equal", operated.compared)),
                line("a restore, rehearsed", rehearsed(operated)),
                line("a backup, restored elsewhere", restored(operated)),
                line("twilight status", looked_at(operated)),
                line("altogether", format!("{:.1} s", elapsed.as_secs_f64())),
            ],
        )
    );
    println!("{} on its last day:\n  {}", answers.code, answers.last_row);
    println!("  features {}", answers.features["features"]);
    println!("\nWhat was found:");
    checked.findings.iter().for_each(|finding| println!("  {finding}"));
    println!("What the webhook was told:");
    checked.alerts.iter().for_each(|alert| println!("  {alert}"));
    println!("\nIn a browser (the token opens it):");
    println!("  {}/console    {ADMIN_TOKEN}", served.gateway);
    println!("  {api}/console    {API_TOKEN}");
    println!("  {}/console    {}", served.registry, profiles::ADMIN_TOKEN);
    println!("\nTry it:");
    println!(
        "  curl -s -H 'authorization: Bearer {API_TOKEN}' '{api}/warehouse/daily?code={}&adjust=qfq'",
        answers.code
    );
    println!(
        "  curl -s -H 'authorization: Bearer {API_TOKEN}' '{api}/warehouse/fundamentals?code={}&period={}'",
        answers.code, elsewhere.period
    );
    println!("  curl -s -H 'authorization: Bearer {API_TOKEN}' '{api}/warehouse/macro?series={}'", elsewhere.series);
    println!("  curl -s -H 'authorization: Bearer {API_TOKEN}' '{api}/warehouse/daily?code=AAPL.US'");
    println!("  curl -s -H 'authorization: Bearer {API_TOKEN}' '{api}/quality/status'");
    println!("  curl -s -H 'authorization: Bearer {API_TOKEN}' '{api}/quality/logs?open=true'");
    println!("  curl -s -H 'authorization: Bearer {API_TOKEN}' '{api}/quality/quarantine'");
    println!("  {api}/docs");
    println!(
        "  curl -sN -H 'authorization: Bearer {}' -H 'content-type: application/json' {}/v1/chat/completions -d \
         '{{\"model\":\"{MODEL}\",\"stream\":true,\"messages\":[{{\"role\":\"user\",\"content\":\"Good day\"}}]}}'",
        relayed.token, served.gateway
    );
    println!("  curl -s -H 'authorization: Bearer {ADMIN_TOKEN}' '{}/admin/channels'", served.gateway);
    println!(
        "  curl -s -H 'authorization: Bearer {}' '{}/search' -d format=json --data-urlencode 'q={}'",
        searched.token, served.gateway, searched.chinese.0
    );
    println!("  ls -la {}", provisioned.folder);
    let operators = operated.config.display();
    println!("  twilight --config {operators} status");
    println!("  twilight --config {operators} replica status");
}

fn alive(provisioned: &Provisioned) -> String {
    format!("{} in git, on its host and alive after {:.1} s", provisioned.profile, provisioned.took.as_secs_f64())
}

fn laid_out(provisioned: &Provisioned) -> String {
    let (files, variables) = provisioned.files;
    format!("{files} files; {variables} variables in .env, 0600; no secret in git")
}

fn counted(provisioned: &Provisioned) -> String {
    let (until, extended) = &provisioned.paid_until;
    let forged = provisioned.forged;
    format!("the same again changed nothing, a forged one got {forged}, next month's: {until} to {extended}")
}

fn sought((q, results, engines): &(&str, usize, BTreeSet<String>)) -> String {
    format!("{q}: {results} results of {}", engines.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
}

fn cached(searched: &Searched) -> String {
    let ((fresh, hit), (answered, asked)) = (searched.took, searched.answered);
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let times = format!("{:.1} ms, from the cache {:.1} ms", ms(fresh), ms(hit));
    format!("{answered} answered by {asked} of SearXNG's; {times}; the 11th of a minute was refused")
}

fn replicated(operated: &Operated) -> String {
    let (generation, bytes, took) = operated.pushed;
    let (mb, took) = (bytes as f64 / 1e6, took.as_secs_f64());
    format!("generation {generation}, {mb:.1} MB moved, verified and current after {took:.1} s")
}

fn rehearsed(operated: &Operated) -> String {
    let (rows, took) = operated.drill;
    format!("{} rows read back as the manifest counts and hashes them, {:.1} s", count(rows), took.as_secs_f64())
}

fn restored(operated: &Operated) -> String {
    let backup = &operated.backup;
    let (mb, parts, took) = (backup.bytes as f64 / 1e6, backup.parts.join(", "), backup.took.as_secs_f64());
    format!("{parts}: {mb:.1} MB while everything went on, opened, restored: whole after {took:.1} s")
}

fn looked_at(operated: &Operated) -> String {
    let (health, ready, problems) = &operated.status;
    format!("{health}: {ready} daemons ready, {problems} things to look at")
}

fn asked(relayed: &Relayed) -> String {
    let (profiles, requests) = relayed.asked;
    let (median, slowest) = relayed.first_bytes;
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let times = format!("first bytes after {:.0} ms, at most {:.0} ms", ms(median), ms(slowest));
    format!("{requests} of {profiles} profiles, 0 errors; {times}")
}

fn died(relayed: &Relayed) -> String {
    let (key, refused, state) = &relayed.dead;
    let others: usize = relayed.by_channel.iter().filter(|(channel, _)| channel != key).map(|(_, count)| count).sum();
    format!("{key} refused {refused} of them, the others answered {others}; it is {state} now")
}

fn money(relayed: &Relayed) -> String {
    let (input, output) = relayed.tokens;
    format!("{} + {} tokens, ¥{} in the books and on the provider's invoice", count(input), count(output), relayed.cny)
}
