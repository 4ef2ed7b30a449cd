//! Figures of companies and of the economy: versioned like everything else, side by side by source.

use chrono::NaiveDate;
use market_model::{FundamentalClaim, MacroObservation, Metric};
use warehouse::Batch;

use crate::{
    market::{day, minute, read_tail, writer},
    vendors::{one_response, rows},
};

fn claim(metric: Metric, value: f64, announced: Option<&str>) -> FundamentalClaim {
    FundamentalClaim {
        code: "600519.SH".parse().unwrap(),
        period: day("2024-03-31"),
        metric,
        value,
        announced: announced.map(day),
    }
}

fn claims(source: &str, claims: Vec<FundamentalClaim>, at: i64) -> Batch {
    Batch { fundamentals: rows(claims), ..one_response(source, "fina_indicator", minute(at)) }
}

fn observation(period: &str, published: Option<&str>, value: f64, consensus: Option<f64>) -> MacroObservation {
    MacroObservation {
        series: "china_cpi_yearly".to_owned(),
        period: day(period),
        published: published.map(day),
        value,
        unit: "percent".to_owned(),
        consensus,
        previous: None,
    }
}

fn observations(source: &str, observations: Vec<MacroObservation>, at: i64) -> Batch {
    Batch { macros: rows(observations), ..one_response(source, "macro_china_cpi", minute(at)) }
}

#[test]
fn claims_of_every_source_and_announcement_stand_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    let first = vec![
        claim(Metric::Eps, 19.16, Some("2024-04-27")),
        claim(Metric::EpsDiluted, 19.16, Some("2024-04-27")),
        claim(Metric::TotalShares, 1.256e9, None),
    ];
    let committed = writer.commit(claims("tushare", first.clone(), 1), minute(1)).unwrap();
    assert!(committed.changed && committed.inserted == 3);
    let again = writer.commit(claims("tushare", first.clone(), 2), minute(2)).unwrap();
    assert!(!again.changed && again.unchanged == 3);
    // A restatement is another announcement; another source is another claim; a NULL announcement is a key like any other.
    writer.commit(claims("tushare", vec![claim(Metric::Eps, 19.2, Some("2024-08-09"))], 3), minute(3)).unwrap();
    writer.commit(claims("tdx", vec![claim(Metric::TotalShares, 1.2562e9, None)], 3), minute(3)).unwrap();
    let corrected =
        writer.commit(claims("tushare", vec![claim(Metric::TotalShares, 1.25e9, None)], 4), minute(4)).unwrap();
    assert_eq!((corrected.inserted, corrected.replaced), (0, 1));
    // What arrives late from between does not win.
    let late = writer.commit(claims("tushare", vec![claim(Metric::TotalShares, 7.0, None)], 3), minute(5)).unwrap();
    assert!(!late.changed);
    assert_eq!(writer.logical_sums().unwrap().0["fundamental_claim"].rows, 5);
    let freshness = writer.status().unwrap().freshness;
    let fresh = |source: &str, dataset: &str| {
        freshness.iter().find(|row| row.source == source && row.dataset == dataset).map(|row| row.last_trade_date)
    };
    let period: Option<NaiveDate> = Some(day("2024-03-31"));
    assert_eq!((fresh("tushare", "fundamentals"), fresh("tdx", "fundamentals")), (Some(period), Some(period)));
    assert_eq!(fresh("tushare", "fina_indicator"), Some(period));
    drop(writer);
    let values =
        "SELECT source || ' ' || metric || ' ' || coalesce(announced_at::VARCHAR, '-') || ' ' || value || ' ' || unit
                  FROM fundamental_claim ORDER BY ALL";
    let expected = [
        "tdx total_shares - 1256200000.0 shares",
        "tushare eps 2024-04-27 19.16 yuan_per_share",
        "tushare eps 2024-08-09 19.2 yuan_per_share",
        "tushare eps_diluted 2024-04-27 19.16 yuan_per_share",
        "tushare total_shares - 1250000000.0 shares",
    ];
    assert_eq!(read_tail::<String>(folder.path(), values), expected);
    let revisions = "SELECT (old_row->>'metric') || ' ' || (old_row->>'value') FROM normalized_revision ORDER BY ALL";
    assert_eq!(read_tail::<String>(folder.path(), revisions), ["total_shares 1256000000.0", "total_shares 7.0"]);
}

#[test]
fn observations_keep_period_and_publication_apart() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    let first = vec![
        observation("2024-01-31", Some("2024-02-08"), -0.8, Some(-0.5)),
        observation("2024-02-29", Some("2024-03-09"), 0.7, None),
        observation("2023-12-31", None, -0.3, None),
    ];
    assert_eq!(writer.commit(observations("aktools", first.clone(), 1), minute(1)).unwrap().inserted, 3);
    assert!(!writer.commit(observations("aktools", first, 2), minute(2)).unwrap().changed);
    let corrected = observation("2023-12-31", None, -0.4, None);
    assert_eq!(writer.commit(observations("aktools", vec![corrected], 3), minute(3)).unwrap().replaced, 1);
    let no_number = observation("2024-03-31", Some("2024-04-11"), f64::NAN, None);
    writer.commit(observations("aktools", vec![no_number], 4), minute(4)).unwrap();
    let status = writer.status().unwrap();
    assert_eq!(status.quarantined, 1);
    let of_macro = status.freshness.iter().find(|row| (&*row.source, &*row.dataset) == ("aktools", "macro")).unwrap();
    assert_eq!(of_macro.last_success_at, Some(minute(4)));
    drop(writer);
    let values =
        "SELECT period || ' ' || coalesce(published_at::VARCHAR, '-') || ' ' || value || ' ' || coalesce(consensus, 0)
                  FROM macro_observation ORDER BY ALL";
    let expected = ["2023-12-31 - -0.4 0.0", "2024-01-31 2024-02-08 -0.8 -0.5", "2024-02-29 2024-03-09 0.7 0.0"];
    assert_eq!(read_tail::<String>(folder.path(), values), expected);
}

#[test]
fn they_survive_a_compaction_and_any_order() {
    let batches = [
        claims("tushare", vec![claim(Metric::Eps, 1.0, None), claim(Metric::EpsDiluted, 1.0, None)], 1),
        claims("tushare", vec![claim(Metric::Eps, 2.0, None)], 2),
        claims("tdx", vec![claim(Metric::Eps, 3.0, Some("2024-05-01"))], 1),
        observations("aktools", vec![observation("2024-01-31", None, 1.0, None)], 1),
        observations("aktools", vec![observation("2024-01-31", None, 2.0, Some(1.5))], 2),
    ];
    let content = |order: &[usize]| {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer(folder.path());
        let market = crate::market::Market::generate(91, 3, 3);
        writer.commit(market.reference(minute(0)), minute(0)).unwrap();
        writer.commit(market.day_batch(0, minute(0)), minute(0)).unwrap();
        for (nth, at) in order.iter().enumerate() {
            writer.commit(batches[*at].clone(), minute(9)).unwrap();
            if nth == 2 {
                writer.compact(minute(9)).unwrap();
            }
        }
        writer.logical_sums().unwrap().0
    };
    let expected = content(&[0, 1, 2, 3, 4]);
    assert_eq!((expected["fundamental_claim"].rows, expected["macro_observation"].rows), (3, 1));
    for order in [[4, 3, 2, 1, 0], [1, 4, 0, 2, 3], [2, 0, 4, 1, 3]] {
        assert_eq!(content(&order), expected, "{order:?}");
    }
}
