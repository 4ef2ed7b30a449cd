//! Servers that count volumes in another unit than documented.

use market_model::{Code, DailyBar};
use source_tdx::{Category, Decision, TdxError};

use crate::server::{TestServer, Wrong, client, history};

async fn daily(server: &TestServer) -> Result<source_tdx::Fetched<DailyBar>, TdxError> {
    let code: Code = "600519.SH".parse().unwrap();
    client(&[server]).daily_bars(&code, "1990-12-19".parse().unwrap(), "2026-11-20".parse().unwrap()).await
}

fn scale_volumes(server: &TestServer, from_bar: usize, factor: f32) {
    let mut script = server.script();
    let bars = script.bars.get_mut(b"600519").unwrap();
    bars[from_bar..].iter_mut().for_each(|bar| bar.volume *= factor);
}

fn volumes(bars: &[source_tdx::Row<DailyBar>]) -> Vec<i64> {
    bars.iter().map(|row| row.value.volume).collect()
}

#[tokio::test]
async fn shares_in_a_page_of_lots_are_put_right_with_a_note() {
    let server = TestServer::start(Wrong::Nothing).await;
    let right = volumes(&daily(&server).await.unwrap().rows);
    // The newest page only: each response is judged by itself.
    scale_volumes(&server, 900, 100.0);
    let fetched = daily(&server).await.unwrap();
    for (ours, right) in volumes(&fetched.rows).iter().zip(&right) {
        assert!((ours - right).abs() as f64 <= 1e-6 * *right as f64, "{ours} {right}");
    }
    assert_eq!(fetched.suspect_rows, 0);
    assert_eq!(fetched.notes.len(), 1);
    assert!(
        fetched.notes[0].contains("page 0 of 600519.SH are counted in units of 1 instead of 100"),
        "{:?}",
        fetched.notes
    );
}

#[tokio::test]
async fn a_factor_that_no_unit_explains_is_refused_with_the_pages() {
    let server = TestServer::start(Wrong::Nothing).await;
    scale_volumes(&server, 0, 0.1);
    let mut error = daily(&server).await.unwrap_err();
    match &error {
        TdxError::UnitMismatch { median_ratio, rows, .. } => {
            assert!((median_ratio - 10.0).abs() < 0.5 && *rows == 800, "{error:?}");
        }
        _ => panic!("{error:?}"),
    }
    assert_eq!(error.decision(), Decision::Stop);
    assert_eq!(error.take_pages().len(), 3, "to be stored all the same");
    assert!(error.take_pages().is_empty());
}

#[tokio::test]
async fn a_page_of_two_units_is_refused() {
    let server = TestServer::start(Wrong::Nothing).await;
    scale_volumes(&server, 1_200, 100.0);
    assert!(matches!(daily(&server).await.unwrap_err(), TdxError::UnitMismatch { .. }));
}

#[tokio::test]
async fn category_four_counts_shares_and_category_nine_lots() {
    let server = TestServer::start(Wrong::Nothing).await;
    let code: Code = "600519.SH".parse().unwrap();
    let lots = client(&[&server]).bars(&code, Category::Day, 0, 20).await.unwrap();
    scale_volumes(&server, 0, 100.0);
    let shares = client(&[&server]).bars(&code, Category::DayInShares, 0, 20).await.unwrap();
    for (lots, shares) in lots.rows.iter().zip(&shares.rows) {
        assert!((lots.value.volume - shares.value.volume).abs() as f64 <= 1e-6 * lots.value.volume as f64);
    }
    assert!(lots.notes.is_empty() && shares.notes.is_empty());
}

#[tokio::test]
async fn records_that_cannot_be_are_refused_one_by_one() {
    let server = TestServer::start(Wrong::Nothing).await;
    let mut bars = history(100, 7);
    bars[10].date = 20_260_631;
    bars[20].amount = f32::NAN;
    bars[30].volume = -1.0;
    bars[40].low = -10;
    server.script().bars.insert(*b"600519", bars);
    let fetched = daily(&server).await.unwrap();
    assert_eq!(fetched.rows.len(), 96);
    let refused: Vec<_> = fetched.rejected.iter().map(|row| (row.row, row.reason.as_str())).collect();
    let expected = [
        (10, "the date is no day"),
        (20, "volume or amount is not a quantity"),
        (30, "volume or amount is not a quantity"),
        (40, "a price is not positive"),
    ];
    assert_eq!(refused, expected);
}
