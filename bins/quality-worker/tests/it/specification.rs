//! The specification's tests, from a job in the queue to a message that arrives.

use chrono::TimeDelta;
use job_queue::payload::QualityJob;

use crate::{
    shop::{closing_at, day, september, shanghai},
    world::{World, field, said},
};

#[tokio::test(flavor = "multi_thread")]
async fn test_cross_source_agreement() {
    let mut world = World::set_up(20).await;
    world.start().await.unwrap();
    let days = september(3);
    world.shop.store_clean("tushare", &days);
    // Nine thousandths of a percent.
    days.iter().for_each(|date| world.shop.store("tdx", *date, |_, bar| closing_at(1.000_09, bar)));
    let generation = world.publish_and_check(&days).await;
    let recorded = world.recorded().await;
    let [(id, record)] = recorded.as_slice() else { panic!("{recorded:?}") };
    assert!(id.starts_with(&format!("record_findings@{generation}#check_generation@{generation}-0-")), "{id}");
    assert!(record.findings.is_empty() && record.last, "{record:?}");
    assert!(record.scope.checks.iter().any(|check| check == "cross_source"));
    assert_eq!(record.scope.dates.as_deref(), Some(&days[..]));
    world.told(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn test_cross_source_disagreement() {
    let mut world = World::set_up(20).await;
    world.start().await.unwrap();
    let days = september(3);
    world.shop.store_clean("tushare", &days);
    // Two hundredths of a percent, of one code on one day.
    world.shop.store("tdx", days[1], |nth, bar| closing_at(if nth == 7 { 1.000_2 } else { 1.0 }, bar));
    let generation = world.publish_and_check(&days).await;
    let code = world.shop.code(7).to_string();
    assert_eq!(
        world.found(&format!("check_generation@{generation}")).await,
        [("cross_source".to_owned(), code.clone(), Some(days[1]))]
    );
    assert_eq!(world.recorded().await[0].1.findings[0].severity, "warning");
    let told = world.told(1).await;
    assert_eq!(said(&told), ["firing cross_source"]);
    assert_eq!((field(&told[0], "severity"), field(&told[0], "count")), (&"warning".into(), &1.into()));
    assert_eq!(field(&told[0], "days"), &serde_json::json!([days[1]]));
    assert_eq!(field(&told[0], "examples")[0]["code"], code);
    assert_eq!(field(&told[0], "generation"), generation);
}

#[tokio::test(flavor = "multi_thread")]
async fn test_anomaly_detection() {
    let mut world = World::set_up(100).await;
    world.start().await.unwrap();
    let days = september(4);
    world.shop.store_clean("tushare", &days[..3]);
    // One code closes 35 % up, one at nothing.
    world.shop.store("tushare", days[3], |nth, bar| match nth {
        3 => {
            bar.close *= 1.35;
            bar.high = bar.close;
            bar.amount = Some(bar.close * bar.volume as f64);
        }
        4 => bar.close = 0.0,
        _ => {}
    });
    let generation = world.publish_and_check(&days).await;
    let found = world.found(&format!("check_generation@{generation}")).await;
    let code = world.shop.code(3).to_string();
    assert!(found.contains(&("anomaly_large_move".to_owned(), code, Some(days[3]))), "{found:?}");
    let of_refused: Vec<_> = found.iter().filter(|(_, code, _)| *code == world.shop.code(4).to_string()).collect();
    let [(check, ..)] = of_refused[..] else { panic!("{found:?}") };
    assert_eq!(check, "gap_without_suspension", "what the gate refuses is not stored, and missing");

    let told = world.told(4).await;
    let severity = |check: &str| {
        let message = told.iter().find(|message| field(message, "check") == check).unwrap();
        field(message, "severity").clone()
    };
    // The move is also beyond the price limit; the close of 0 was noted by the writer.
    for check in ["anomaly_large_move", "price_limit", "nonpositive_price"] {
        assert_eq!(severity(check), "error", "{check}");
    }
    assert_eq!(severity("gap_without_suspension"), "warning");
}

#[tokio::test(flavor = "multi_thread")]
async fn test_freshness_check() {
    let mut world = World::set_up(5).await;
    let friday = day("2026-09-18");
    world.shop.store_clean("tushare", &[friday]);
    let generation = world.shop.publish();
    let monday = day("2026-09-21");
    world.shop.write_status(&[
        ("tushare/daily", "2026-09-21 18:31", monday),
        ("tushare/reference", "2026-09-22 08:00", friday),
    ]);
    // Tushare's ingest is switched off after Monday's run. A day and a second later nothing is late yet.
    world.clock.set(shanghai("2026-09-22 18:31") + TimeDelta::seconds(1));
    world.start().await.unwrap();
    let job = QualityJob::CheckFreshness {};
    assert_eq!(world.run("a-day-later", &job).await["overdue"], serde_json::json!([]));
    world.told(0).await;

    // At seven Tuesday's data is due.
    world.clock.set(shanghai("2026-09-22 19:00"));
    assert_eq!(world.run("at-seven", &job).await["overdue"], serde_json::json!(["tushare/daily"]));
    let recorded = world.recorded().await;
    let (id, record) = recorded.last().unwrap();
    assert!(id.starts_with(&format!("record_findings@{generation}#at-seven-0-")), "{id}");
    assert_eq!(
        (record.check.as_str(), record.scope.checks.as_slice()),
        ("check_freshness", &["freshness".to_owned()][..])
    );
    assert_eq!((&record.scope.dates, record.last, record.findings.len()), (&None, true, 1));
    let told = world.told(1).await;
    assert_eq!((said(&told), field(&told[0], "severity")), (vec!["firing freshness".to_owned()], &"error".into()));
    let sentence = field(&told[0], "examples")[0]["message"].as_str().unwrap();
    assert!(sentence.contains("tushare/daily ends on 2026-09-21; 2026-09-22 is due"), "{sentence}");

    // Tuesday's data comes at last.
    world.shop.write_status(&[("tushare/daily", "2026-09-22 19:30", day("2026-09-22"))]);
    world.clock.set(shanghai("2026-09-22 19:31"));
    world.run("later", &job).await;
    assert_eq!(said(&world.told(2).await), ["firing freshness", "resolved freshness"]);
}
