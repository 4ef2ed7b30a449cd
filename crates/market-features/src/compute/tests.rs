use proptest::prelude::*;

use super::*;

fn all(closes: &[f64]) -> Vec<Features> {
    let mut rows = Vec::new();
    compute_all(closes, &mut rows);
    rows
}

fn bits(row: &Features) -> [Option<u64>; 7] {
    let values = [row.ma_5, row.ma_10, row.ma_20, row.ma_60, row.momentum_5d, row.momentum_20d, row.volatility_20d];
    values.map(|value| value.map(f64::to_bits))
}

#[test]
fn a_feature_appears_with_its_full_window_and_not_before() {
    let closes: Vec<f64> = (1..=70).map(f64::from).collect();
    let rows = all(&closes);
    assert_eq!(rows.len(), 70);
    let first = |field: fn(&Features) -> Option<f64>| 1 + rows.iter().position(|row| field(row).is_some()).unwrap();
    assert_eq!(first(|row| row.ma_5), 5);
    assert_eq!(first(|row| row.ma_10), 10);
    assert_eq!(first(|row| row.ma_20), 20);
    assert_eq!(first(|row| row.ma_60), 60);
    assert_eq!(first(|row| row.momentum_5d), 6);
    assert_eq!(first(|row| row.momentum_20d), 21);
    assert_eq!(first(|row| row.volatility_20d), 21);
    assert!(bits(&rows[69]).iter().all(Option::is_some), "and stays");
}

#[test]
fn the_values_are_those_of_the_definitions() {
    let closes: Vec<f64> = (1..=70).map(f64::from).collect();
    let last = compute_last(&closes);
    assert_eq!(last.ma_5, Some(68.0));
    assert_eq!(last.ma_10, Some(65.5));
    assert_eq!(last.ma_20, Some(60.5));
    assert_eq!(last.ma_60, Some(40.5));
    assert_eq!(last.momentum_5d, Some(70.0 / 65.0 - 1.0));
    assert_eq!(last.momentum_20d, Some(70.0 / 50.0 - 1.0));

    // Returns of +1 % and −1 % by turns: mean 0, and a deviation of 0.01 × √(20 / 19).
    let mut closes = vec![100.0];
    for i in 0..20 {
        let last = closes[i];
        closes.push(last * if i % 2 == 0 { 1.01 } else { 0.99 });
    }
    let volatility = compute_last(&closes).volatility_20d.unwrap();
    assert!((volatility - 0.01 * (20.0_f64 / 19.0).sqrt()).abs() < 1e-12, "{volatility}");
}

#[test]
fn a_share_that_does_not_move_has_no_volatility() {
    let last = compute_last(&[8.72; 61]);
    assert_eq!(last.volatility_20d, Some(0.0));
    assert_eq!(last.momentum_20d, Some(0.0));
}

#[test]
fn a_close_of_zero_gives_no_infinite_feature() {
    let mut closes = vec![10.0; 61];
    closes[55] = 0.0;
    let last = compute_last(&closes);
    assert_eq!(last.momentum_5d, None);
    assert_eq!(last.volatility_20d, None);
    assert!(last.ma_5.is_some());
}

#[test]
fn without_closes_there_are_no_features() {
    assert_eq!(compute_last(&[]), Features::default());
    assert!(all(&[]).is_empty());
}

#[test]
fn the_output_is_replaced_not_appended() {
    let mut rows = all(&[1.0; 70]);
    compute_all(&[1.0, 2.0], &mut rows);
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1], Features::default());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn bulk_and_single_day_give_the_same_bits(closes in proptest::collection::vec(0.01_f64..50_000.0, 0..200)) {
        let rows = all(&closes);
        prop_assert_eq!(rows.len(), closes.len());
        for (i, row) in rows.iter().enumerate() {
            prop_assert_eq!(bits(row), bits(&compute_last(&closes[..=i])), "whole history, day {}", i);
            let window = &closes[(i + 1).saturating_sub(WINDOW)..=i];
            prop_assert_eq!(bits(row), bits(&compute_last(window)), "last closes only, day {}", i);
        }
    }

    #[test]
    fn features_agree_with_the_textbook(closes in proptest::collection::vec(1.0_f64..1000.0, 61..90)) {
        let last = compute_last(&closes);
        let n = closes.len();
        let close_to = |value: Option<f64>, expected: f64| {
            value.is_some_and(|value| (value - expected).abs() <= 1e-9 * expected.abs().max(1.0))
        };
        for (value, days) in [(last.ma_5, 5), (last.ma_10, 10), (last.ma_20, 20), (last.ma_60, 60)] {
            let mean = closes[n - days..].iter().sum::<f64>() / days as f64;
            prop_assert!(close_to(value, mean));
        }
        let returns: Vec<f64> = closes.windows(2).map(|w| w[1] / w[0] - 1.0).collect();
        let last_returns = &returns[returns.len() - 20..];
        let mean = last_returns.iter().sum::<f64>() / 20.0;
        let variance = last_returns.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / 19.0;
        prop_assert!(close_to(last.volatility_20d, variance.sqrt()));
    }
}
