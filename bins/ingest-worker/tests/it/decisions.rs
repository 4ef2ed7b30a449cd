//! `release_quarantine` and `discard_quarantine`: what an operator decides about rows that were put aside.

use chrono::{NaiveDate, TimeDelta};
use job_queue::{
    JobDetail, JobState,
    payload::{Decision, WarehouseWriteJob},
};
use market_model::DailyBar;
use serde_json::json;
use upstream_simulators::tushare::Damage;
use warehouse::{Batch, RawResponse, Rejected, Sourced, Writer, WriterOptions};

use crate::{
    quarantine::{served, the_only, with_damage},
    settings::TOKEN,
    world::{World, fetch_day, fetch_reference, hundred_codes},
};

fn decision(id: &str) -> Decision {
    Decision { ids: vec![id.to_owned()], by: "ops".to_owned(), note: "looked at it".to_owned(), force: false }
}

fn release(id: &str) -> WarehouseWriteJob {
    WarehouseWriteJob::ReleaseQuarantine(decision(id))
}

/// The result's count of each sort, and of refusals the first reason.
fn counts(job: &JobDetail, done: &str) -> (u64, u64, String) {
    let result = job.result.as_ref().unwrap();
    let count = |sort: &str| result["counts"][sort].as_u64().unwrap();
    let reason = result["refused"][0]["reason"].as_str().unwrap_or_default().to_owned();
    (count(done), count("refused"), reason)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_the_gate_refuses_leaves_the_row_held_and_says_why() {
    let (mut world, bar) = with_damage("close", Damage::Value(0.into())).await;
    let row = the_only(&world).await;
    let job = world.write("release", &release(&row.id), JobState::Done).await;
    let (released, refused, reason) = counts(&job, "released");
    assert_eq!((released, refused), (0, 1));
    assert!(reason.contains("close") && reason.contains("nonpositive_price"), "{reason}");
    assert_eq!((served(&world, &bar.code).len(), &*the_only(&world).await.state), (1, "held"));
    world.stop_worker().await;
    let runs = world.tail("SELECT outcome || ': ' || message FROM job_run WHERE kind = 'release_quarantine'");
    let [run] = &runs[..] else { panic!("{runs:?}") };
    assert!(run.starts_with("refused: ") && run.contains("nonpositive_price"), "{run}");
}

#[tokio::test(flavor = "multi_thread")]
async fn force_stores_what_the_gate_refuses_and_the_log_says_who_did_it() {
    let (mut world, bar) = with_damage("amount", Damage::Percent(-100)).await;
    let row = the_only(&world).await;
    assert!(row.value.contains("amount"), "{row:?}");
    let (_, refused, _) = counts(&world.write("gently", &release(&row.id), JobState::Done).await, "released");
    assert_eq!(refused, 1);
    let before = world.generation().number();
    let forced = WarehouseWriteJob::ReleaseQuarantine(Decision { force: true, ..decision(&row.id) });
    let job = world.write("by-force", &forced, JobState::Done).await;
    assert_eq!(counts(&job, "released").0, 1);
    let generation = job.result.as_ref().unwrap()["generation"].as_u64().unwrap();
    assert!(generation > before, "published at once: it is market data");
    assert_eq!(served(&world, &bar.code).last(), Some(&bar.close));
    let decided = the_only(&world).await;
    assert_eq!((&*decided.state, decided.decided_by.as_deref()), ("released", Some("ops")));
    assert!(world.open_findings().is_empty(), "{:?}", world.open_findings());
    let job = world.write("once-more", &forced, JobState::Done).await;
    assert_eq!(job.result.unwrap()["already_decided"], json!([row.id]));
    world.stop_worker().await;
    let runs = world.tail("SELECT outcome FROM job_run WHERE job_id = 'by-force'");
    assert_eq!(runs, ["ok"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discarded_row_is_closed_and_stays_closed_when_it_comes_again() {
    let (world, bar) = with_damage("close", Damage::Value(0.into())).await;
    let row = the_only(&world).await;
    let discard = WarehouseWriteJob::DiscardQuarantine(Decision {
        ids: vec![row.id.clone(), "no-such-id".to_owned()],
        ..decision("")
    });
    let job = world.write("discard", &discard, JobState::Done).await;
    assert_eq!(counts(&job, "discarded").0, 1);
    assert_eq!(job.result.unwrap()["unknown"], json!(["no-such-id"]));
    world.clock.advance(TimeDelta::minutes(5));
    world.run("again", &fetch_day(bar.trade_date)).await;
    world.run("reference", &fetch_reference()).await;
    let status = world.status("no open findings", |status| status.open_findings.is_empty()).await;
    assert!(status.open_findings.is_empty());
    assert_eq!(served(&world, &bar.code).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_about_nothing_or_by_nobody_is_a_dead_letter() {
    let (world, _) = with_damage("close", Damage::Value(0.into())).await;
    let id = the_only(&world).await.id;
    let nobody = Decision { by: String::new(), ..decision(&id) };
    for (name, job, text) in [
        (
            "nothing",
            WarehouseWriteJob::ReleaseQuarantine(Decision { ids: Vec::new(), ..decision("") }),
            "`ids` is empty",
        ),
        ("nobody", WarehouseWriteJob::DiscardQuarantine(nobody), "`by` is empty"),
    ] {
        let dead = world.write(name, &job, JobState::Dead).await;
        assert!(dead.summary.error.as_ref().unwrap().contains(text), "{dead:?}");
    }
}

/// What the vendor answers about a day.
async fn ask(world: &World, day: NaiveDate) -> (source_tushare::Fetched<DailyBar>, Vec<RawResponse>) {
    let http = daemon_kit::http::client(&daemon_kit::http::ClientOptions::default()).unwrap();
    let mut config = source_tushare::ClientConfig::new(source_tushare::Secret::new(TOKEN));
    config.base_url.clone_from(&world.vendor.url);
    let clock = world.clock.clone();
    let client = source_tushare::Client::new(http, config, std::sync::Arc::new(move || clock.now()));
    let (bars, factors) = (client.daily_market(day).await.unwrap(), client.adj_factor(day).await.unwrap());
    let response = |page: &source_tushare::RawPage| RawResponse {
        source: "tushare".to_owned(),
        dataset: page.dataset.to_owned(),
        request: page.request.clone(),
        fetched_at: page.fetched_at,
        http_status: page.http_status,
        body: page.body.clone(),
    };
    let pages = bars.pages.iter().chain(&factors.pages).map(response).collect();
    (bars, pages)
}

/// An adapter of yesterday refused a row that is a good one by the adapter of today.
async fn with_a_row_that_an_older_adapter_refused() -> (World, DailyBar) {
    let mut world = World::start(hundred_codes()).await;
    let day = world.market.range().1;
    world.run("reference", &fetch_reference()).await;
    world.stop_worker().await;
    let (mut bars, responses) = ask(&world, day).await;
    let refused = bars.rows.remove(17);
    let rejected = Rejected {
        dataset: "daily".to_owned(),
        response: refused.page,
        row: refused.row,
        reason: "vol is not a volume".to_owned(),
        value: "1e6".to_owned(),
    };
    let sourced = |row: source_tushare::Row<DailyBar>| Sourced { value: row.value, response: row.page, row: row.row };
    let batch = Batch {
        source: "tushare".to_owned(),
        responses,
        daily: bars.rows.into_iter().map(sourced).collect(),
        rejected: vec![rejected],
        ..Batch::default()
    };
    let mut writer = Writer::open(world.root(), WriterOptions::default()).unwrap();
    writer.commit(batch, world.clock.now()).unwrap();
    drop(writer);
    world.start_worker().await.unwrap();
    the_only(&world).await;
    let bar = world.market.bar(&refused.value.code, day).unwrap();
    (world, bar)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_an_older_adapter_refused_is_read_again_with_its_factor() {
    let (world, bar) = with_a_row_that_an_older_adapter_refused().await;
    let row = the_only(&world).await;
    assert_eq!((row.candidate.as_ref(), &*row.rule), (None, "schema"));
    let job = world.write("release", &release(&row.id), JobState::Done).await;
    assert_eq!(counts(&job, "released"), (1, 0, String::new()), "{job:?}");
    let stored = world.generation().normalized(&bar.code, bar.trade_date, bar.trade_date).unwrap();
    let [stored] = &stored[..] else { panic!("{stored:?}") };
    let expected = DailyBar { adj_factor: world.market.adj_factor(&bar.code, bar.trade_date), ..bar.clone() };
    assert_eq!(stored.bar, expected, "in shares and yuan, and with the day's factor");
    assert_eq!((Some(stored.raw_id), Some(stored.raw_row)), (row.raw_id, row.raw_row));
    assert_eq!(served(&world, &bar.code), [bar.close]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_adapter_of_today_refuses_too_stays_held_with_its_reason() {
    let (world, _) = with_damage("vol", Damage::Percent(-100)).await;
    let row = the_only(&world).await;
    assert_eq!(row.candidate, None, "the adapter could not read it: {row:?}");
    for force in [false, true] {
        let job = WarehouseWriteJob::ReleaseQuarantine(Decision { force, ..decision(&row.id) });
        let job = world.write(&format!("release-{force}"), &job, JobState::Done).await;
        assert_eq!(counts(&job, "released"), (0, 1, "vol is not a volume".to_owned()), "force makes no row of it");
    }
    assert_eq!(the_only(&world).await.state, "held");
}
