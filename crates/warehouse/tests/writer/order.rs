//! The content is a function of the set of batches: not of their order, not of how often each is repeated.

use std::collections::BTreeMap;

use chrono::Days;
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use warehouse::{Batch, manifest::TableSum};

use crate::market::{Market, minute, writer};

/// Reference data that is corrected later, whole days, a day that first comes in part, a day that stays withheld, values
/// that are corrected (and once corrected back), a late day, rows that the gate refuses.
fn batches(market: &Market) -> Vec<Batch> {
    let mut batches = vec![market.reference(minute(0))];
    let partial = market.days.len() / 2;
    let withheld = market.days.len() - 2;
    for at in 0..market.days.len() {
        match at {
            _ if at == partial => {
                batches.push(market.answer(at, 50, minute(10)));
                batches.push(market.day_batch(at, minute(11)));
            }
            _ if at == withheld => batches.push(market.answer(at, 70, minute(12))),
            _ => batches.push(market.day_batch(at, minute(13 + at as i64))),
        }
    }
    let corrected = market.days.len() / 4;
    let mut correction = market.day_batch(corrected, minute(1_000));
    for row in correction.daily.iter_mut().take(3) {
        row.value.close += 0.05;
        row.value.high += 0.05;
    }
    let mut back = market.day_batch(corrected, minute(1_001));
    back.daily[0].value.close = correction.daily[0].value.close;
    batches.push(correction);
    batches.push(back);
    let mut relisted = market.clone();
    let listed = relisted.instruments[1].listed;
    relisted.instruments[1].listed = listed.map(|_| market.days[0]);
    relisted.instruments[2].listed = listed.map(|listed| listed - Days::new(1));
    batches.push(relisted.reference(minute(2_000)));
    // Rows that can be no market data, for keys that have good ones.
    let mut broken = market.day_batch(corrected, minute(3_000));
    broken.daily[1].value.close = 0.0;
    broken.daily[2].value.volume = -1;
    broken.limits[0].value.up_limit = f64::NAN;
    broken.basics.push(broken.basics[0].clone());
    broken.basics[0].value.pb = Some(123.0);
    batches.push(broken);
    batches
}

fn content(batches: &[Batch]) -> BTreeMap<String, TableSum> {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    for (at, batch) in batches.iter().enumerate() {
        writer.commit(batch.clone(), minute(5_000 + at as i64)).unwrap();
    }
    writer.logical_sums().unwrap().0
}

#[test]
fn any_order_and_any_repetition_of_batches_gives_the_same_content() {
    for seed in 0..2 {
        let market = Market::generate(seed, 7, 14);
        let batches = batches(&market);
        let expected = content(&batches);
        assert!(expected["curated_daily"].rows > 50 && expected["feature_daily"].rows > 50);
        assert!(expected["curated_daily"].rows < expected["normalized_daily"].rows, "a day stays withheld");

        let mut rng = ChaCha8Rng::seed_from_u64(seed + 100);
        let mut shuffled = batches.clone();
        shuffled.extend(batches.iter().filter(|_| rng.random_ratio(1, 4)).cloned());
        shuffled.shuffle(&mut rng);
        assert_eq!(content(&shuffled), expected, "seed {seed}");
    }
}

#[test]
fn the_reverse_order_gives_the_same_content() {
    let mut batches = batches(&Market::generate(7, 7, 14));
    let expected = content(&batches);
    batches.reverse();
    assert_eq!(content(&batches), expected);
}
