//! What companies reported: of a whole period at once, or company by company.

use chrono::NaiveDate;
use job_queue::{JobState, payload::IngestJob};
use market_model::Code;
use upstream_simulators::tushare::ApiLimits;

use crate::{
    settings::Settings,
    world::{World, fetch_reference, ten_days},
};

fn period() -> NaiveDate {
    "2023-09-30".parse().unwrap()
}

fn fetch(source: &str, codes: Option<&[Code]>) -> IngestJob {
    let codes = codes.map(|codes| codes.iter().map(Code::to_string).collect());
    IngestJob::FetchFundamentals { source: source.to_owned(), period: period(), codes }
}

async fn with_reference(change: impl FnOnce(&mut Settings)) -> World {
    let world = World::start_with(ten_days(), change).await;
    world.run("reference", &fetch_reference()).await;
    world
}

/// Metric, value and day of publication of every claim that a source makes about a code.
fn claims(world: &World, code: &Code, source: &str) -> Vec<(String, f64, Option<NaiveDate>)> {
    let claims = world.generation().fundamentals(code, period(), None).unwrap().claims;
    let claims = claims.into_iter().filter(|claim| claim.source == source);
    let mut claims: Vec<_> = claims.map(|claim| (claim.metric, claim.value, claim.announced)).collect();
    claims.sort_by(|a, b| (&a.0, a.2).cmp(&(&b.0, b.2)));
    claims
}

/// Asserts that Tushare's claims are the market's; returns how many.
fn assert_tushare(world: &World) -> usize {
    let as_of = world.market.range().1;
    let mut count = 0;
    for code in world.market.codes() {
        let truth = world.market.fundamentals(code, period(), as_of);
        let mut truth: Vec<_> =
            truth.iter().map(|claim| (claim.metric.as_str().to_owned(), claim.value, claim.announced)).collect();
        truth.sort_by(|a, b| (&a.0, a.2).cmp(&(&b.0, b.2)));
        let stored = claims(world, code, "tushare");
        count += stored.len();
        // The vendor has figures that the two interfaces do not carry.
        for claim in &stored {
            assert!(truth.contains(claim), "{code}: {claim:?}");
        }
        assert_eq!(stored.is_empty(), truth.is_empty(), "{code}");
    }
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_is_two_calls_for_those_who_may_and_company_by_company_for_the_others() {
    let (may, may_not) = tokio::join!(
        with_reference(|_| {}),
        with_reference(|settings| {
            settings.vendor.denied = ["fina_indicator_vip", "income_vip"].map(str::to_owned).into();
        })
    );
    may.run("reports", &fetch("tushare", None)).await;
    may_not.run("reports", &fetch("tushare", None)).await;
    let counts = [assert_tushare(&may), assert_tushare(&may_not)];
    assert!(counts[0] > 100 && counts[0] == counts[1], "{counts:?}");
    assert!(may.calls_of("fina_indicator").is_empty() && may_not.calls_of("fina_indicator").len() > 20);
    let sum = |world: &World| {
        let generation = world.generation();
        generation.table_counts().find(|(name, _)| *name == "fundamental_claim").map(|(_, sum)| sum.clone())
    };
    assert_eq!(sum(&may), sum(&may_not));
    let again = may.run("again", &fetch("tushare", None)).await;
    assert_eq!(again.result.unwrap()["changed"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spent_hour_in_the_middle_is_continued_where_it_stopped() {
    // 240 companies are three chunks; the vendor has enough in the third.
    let world = with_reference(|settings| {
        let hour = ApiLimits { per_hour: Some(210), ..ApiLimits::default() };
        settings.vendor.limits.by_api.insert("income".to_owned(), hour);
    })
    .await;
    // Names that do not exist have no reports and cost a call all the same.
    let codes: Vec<Code> = (0..240).map(|n| format!("6{n:05}.SH").parse().unwrap()).collect();
    let job = world.run("reports", &fetch("tushare", Some(&codes))).await;
    let result = job.result.unwrap();
    assert_eq!((&result["companies_left"], &result["continued_as"]), (&40.into(), &"reports+1".into()), "{result}");
    let next = world.queue.show("reports+1").await.unwrap();
    assert_eq!(next.summary.state, JobState::Delayed);
    let wait = (next.summary.ready_at.unwrap() - next.summary.pushed_at.unwrap()).num_minutes();
    assert_eq!(wait, 60, "until the hour is over");
    assert_eq!(next.payload.unwrap()["codes"].as_array().unwrap().len(), 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn both_vendors_claims_stand_side_by_side() {
    let world = with_reference(|settings| settings.vendors.tdx = 2).await;
    world.run("tushare", &fetch("tushare", None)).await;
    world.run("tdx", &fetch("tdx", None)).await;
    let mut compared = 0;
    for code in world.market.codes() {
        let (tushare, tdx) = (claims(&world, code, "tushare"), claims(&world, code, "tdx"));
        for (metric, value, _) in &tdx {
            // TDX sends 32-bit floats.
            let same = |claim: &&(String, f64, Option<NaiveDate>)| claim.0 == *metric;
            let Some((_, other, _)) = tushare.iter().rfind(same) else { continue };
            assert!((value - other).abs() <= other.abs() * 1e-4 + 0.01, "{code} {metric}: {value} for {other}");
            compared += 1;
        }
    }
    println!("{compared} figures compared");
    assert!(world.vendors.tdx_total("finance") >= world.market.codes().len() - 5);
    assert!(world.rows_of("fundamental_claim") > 500);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_that_is_no_quarter_or_not_over_is_a_dead_letter() {
    let world = World::start(ten_days()).await;
    for (id, date, says) in [("odd", "2023-10-15", "no quarter's end"), ("future", "2024-03-31", "is not over")] {
        let job =
            IngestJob::FetchFundamentals { source: "tushare".to_owned(), period: date.parse().unwrap(), codes: None };
        world.push(id, &job).await;
        let job = world.reaches(id, JobState::Dead).await;
        assert!(job.summary.error.unwrap().contains(says));
    }
}
