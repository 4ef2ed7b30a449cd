//! Macroeconomic series from AKTools, and company reports from Tushare and TDX.

use job_queue::{JobState, payload::IngestJob};
use upstream_simulators::AktoolsFault;

use crate::world::{World, ten_days};

async fn with_aktools() -> World {
    World::start_with(ten_days(), |settings| settings.vendors.aktools = true).await
}

fn fetch(series: Option<&str>) -> IngestJob {
    IngestJob::FetchMacro { source: "aktools".to_owned(), series: series.map(str::to_owned) }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_series_can_be_read_and_each_function_is_asked_once() {
    let world = with_aktools().await;
    world.run("all", &fetch(None)).await;
    let aktools = world.vendors.aktools.as_ref().unwrap();
    assert!(aktools.calls().by_function().values().all(|calls| *calls == 1));
    let series = world.generation().macro_series().unwrap();
    assert!(series.len() > 30, "{} series", series.len());
    let (from, to) = ("1980-01-01".parse().unwrap(), world.market.range().1);
    for (name, function, column) in [
        ("china_cpi_yearly", "macro_china_cpi_yearly", "今值"),
        ("china_gdp_cumulative", "macro_china_gdp", "国内生产总值-绝对值"),
    ] {
        let answer = world.generation().macro_observations(name, from, to, None).unwrap();
        let rows: Vec<_> = answer.rows.iter().map(|row| (row.period, row.value)).collect();
        let mut truth: Vec<_> =
            aktools.figures(function, column).iter().map(|figure| (figure.period, figure.value)).collect();
        truth.sort_by_key(|row| row.0);
        assert!(!truth.is_empty());
        assert_eq!(rows, truth, "{name}");
        assert!(answer.rows.iter().all(|row| row.source == "aktools"));
    }
    // Again, the same day: nothing changes.
    let before = world.generation().number();
    let job = world.run("again", &fetch(Some("china_cpi_yearly"))).await;
    assert_eq!(job.result.unwrap()["changed"], false);
    assert_eq!(world.generation().number(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_whose_columns_changed_is_refused_and_the_others_are_stored() {
    let mut world = with_aktools().await;
    let aktools = world.vendors.aktools.as_ref().unwrap();
    aktools.faults().always("macro_china_cpi_yearly", AktoolsFault::DropColumn("今值".to_owned()));
    world.push("all", &fetch(None)).await;
    let job = world.reaches("all", JobState::Dead).await;
    assert!(job.summary.error.as_ref().unwrap().contains("the columns of macro_china_cpi_yearly changed"), "{job:?}");
    let names: Vec<String> = world.generation().macro_series().unwrap().into_iter().map(|one| one.series).collect();
    assert!(names.len() > 30 && !names.contains(&"china_cpi_yearly".to_owned()), "{names:?}");
    let status = world.status("the failure", |status| {
        status.freshness.iter().any(|one| one.dataset == "macro" && one.last_error.is_some())
    });
    status.await;
    world.stop_worker().await;
    assert_eq!(world.tail("SELECT count(*) FROM raw_aktools_macro_china_cpi_yearly"), ["1"], "what came is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_that_does_not_exist_is_a_dead_letter_and_a_site_that_is_down_is_asked_again() {
    let world = with_aktools().await;
    world.push("unknown", &fetch(Some("weather"))).await;
    let job = world.reaches("unknown", JobState::Dead).await;
    assert!(job.summary.error.unwrap().contains("there is no series `weather`"));
    let aktools = world.vendors.aktools.as_ref().unwrap();
    aktools.faults().next(1, "macro_china_cpi_yearly", AktoolsFault::ServerError);
    let job = world.run("down", &fetch(Some("china_cpi_yearly"))).await;
    assert_eq!(job.starts, 2, "{job:?}");
}
