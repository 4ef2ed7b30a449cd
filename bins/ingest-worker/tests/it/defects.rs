//! Answers that are refused whole: nothing that is stored changes, the bytes are kept, and a finding says so until the data
//! set comes again.

use chrono::TimeDelta;
use job_queue::{JobState, payload::IngestJob};
use quality_rules::Severity;
use upstream_simulators::{AktoolsFault, Fault, TdxFault, tdx::TdxFaultRule};

use crate::{
    oracle, wait,
    world::{World, fetch_day, fetch_day_of, fetch_reference, hundred_codes, ten_days},
};

async fn refused_and_mended(fault: Fault, rule: &str, text: &str) {
    let mut world = World::start(ten_days()).await;
    let days = world.market.trading_days().to_vec();
    let (yesterday, today) = (days[8], days[9]);
    world.run("yesterday", &fetch_day(yesterday)).await;
    let before = world.generation().manifest().logical_hash.clone();

    world.vendor.faults().always("daily", fault.clone());
    world.push("refused", &fetch_day(today)).await;
    let job = world.reaches("refused", JobState::Dead).await;
    assert!(job.summary.error.as_ref().unwrap().contains(text), "{job:?}");
    world.status("the finding", |status| status.open_findings.get("error") == Some(&1)).await;
    world.stop_worker().await;
    assert_eq!(world.generation().manifest().logical_hash, before, "{fault:?} changed what was stored");
    oracle::assert_curated(&world.generation(), &world.market, (yesterday, yesterday));
    let findings = world.open_findings();
    let [finding] = &findings[..] else { panic!("{findings:?}") };
    assert_eq!((&*finding.check, finding.severity, finding.generation), (rule, Severity::Error, None));
    assert!(finding.message.contains(text), "{finding:?}");
    assert_eq!((&finding.details["source"], &finding.details["dataset"]), (&"tushare".into(), &"daily".into()));
    let kept = format!("SELECT count(*) FROM raw_tushare_daily WHERE contains(request, '{}')", today.format("%Y%m%d"));
    assert_eq!(world.tail(&kept), ["1"], "the refused response is kept");

    world.vendor.faults().clear();
    world.start_worker().await.unwrap();
    world.run("mended", &fetch_day(today)).await;
    oracle::assert_curated(&world.generation(), &world.market, (yesterday, today));
    world.status("no findings", |status| status.open_findings.is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_that_is_gone() {
    refused_and_mended(Fault::DropColumn("close".to_owned()), "batch_drift", "close missing").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_under_another_name() {
    let fault = Fault::RenameColumn { from: "vol".to_owned(), to: "volume".to_owned() };
    refused_and_mended(fault, "batch_drift", "vol missing").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_that_is_another_one() {
    refused_and_mended(Fault::WrongUnit, "unit_consistency", "the unit of daily does not fit").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_that_nobody_asked_for_changes_nothing() {
    let world = World::start(ten_days()).await;
    let day = world.market.range().1;
    world.vendor.faults().always("", Fault::ExtraColumn("mood".to_owned()));
    world.run("day", &fetch_day(day)).await;
    oracle::assert_curated(&world.generation(), &world.market, (day, day));
    wait::until("it is published", async || world.open_findings().is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_code_of_tdx_whose_unit_does_not_fit_is_a_warning_until_it_does() {
    let mut world = World::start_with(hundred_codes(), |settings| settings.vendors.tdx = 2).await;
    world.run("reference", &fetch_reference()).await;
    let day = world.market.range().1;
    let code = world.market.expected_codes(day)[7];
    for server in &world.vendors.tdx {
        // Ten times the price, and the amount as it was.
        server.faults().add(TdxFaultRule::new(TdxFault::Lie(9_000)).on("bars").code(code));
    }
    let job = world.run("day", &fetch_day_of("tdx", day)).await;
    assert_eq!(job.result.unwrap()["refused_codes"], 1);
    world.status("a warning", |status| status.open_findings.get("warning") == Some(&1)).await;
    world.vendors.tdx.iter().for_each(|server| server.faults().clear());
    world.clock.advance(TimeDelta::hours(2));
    world.run("again", &fetch_day_of("tdx", day)).await;
    world.status("no warnings", |status| status.open_findings.is_empty()).await;
    world.stop_worker().await;
    let told = world.tail("SELECT check_name || ' ' || message FROM quality_log WHERE severity = 'warning'");
    let [told] = &told[..] else { panic!("{told:?}") };
    assert!(told.starts_with("unit_consistency the unit of the bars of") && told.contains(code.as_str()), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_whose_columns_changed_is_a_finding_beside_those_that_came() {
    let world = World::start_with(ten_days(), |settings| settings.vendors.aktools = true).await;
    let aktools = world.vendors.aktools.as_ref().unwrap();
    let all = IngestJob::FetchMacro { source: "aktools".to_owned(), series: None };
    aktools.faults().always("macro_china_cpi_yearly", AktoolsFault::DropColumn("今值".to_owned()));
    world.push("changed", &all).await;
    world.reaches("changed", JobState::Dead).await;
    world.status("the finding", |status| status.open_findings.get("error") == Some(&1)).await;
    aktools.faults().clear();
    world.run("mended", &all).await;
    world.status("no findings", |status| status.open_findings.is_empty()).await;
}
