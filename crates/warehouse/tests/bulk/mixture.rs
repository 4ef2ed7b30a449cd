//! Loads among commits and compactions, in any mixture: the content is that of the commits alone.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use warehouse::{Batch, Writer};

use crate::{
    histories::{days, load, of_source, prepare, staged},
    market::{Market, minute, writer},
};

const LOADED: &str = "tdx";

/// What the other vendor says: the same prices, other volumes, and some of those corrected between one answer and the next.
fn history(market: &Market, edition: i64, rng: &mut ChaCha8Rng) -> Batch {
    let mut batch = of_source(market.all_days(minute(edition)), LOADED);
    (batch.basics, batch.limits) = (vec![], vec![]);
    for row in &mut batch.daily {
        row.value.volume += 1 + i64::from(rng.random_ratio(1, 30)) * edition;
    }
    batch
}

fn commit_both(a: &mut Writer, b: &mut Writer, batch: &Batch, at: i64) {
    a.commit(batch.clone(), minute(at)).unwrap();
    b.commit(batch.clone(), minute(at)).unwrap();
}

#[test]
fn of_two_sources_in_a_random_order() {
    for seed in 0..2 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let market = Market::generate(140 + seed, 7, 18);
        let folder = tempfile::tempdir().unwrap();
        let mut plain = writer(&folder.path().join("plain"));
        let mut mixed = writer(&folder.path().join("mixed"));
        prepare(&mut plain, &market);
        prepare(&mut mixed, &market);
        let mut order: Vec<usize> = (0..market.days.len()).filter(|_| rng.random_ratio(3, 5)).collect();
        // Late and early days change places now and then.
        for _ in 0..4 {
            let (a, b) = (rng.random_range(0..order.len()), rng.random_range(0..order.len()));
            order.swap(a, b);
        }
        let mut is_loaded = false;
        for (at, day) in (100..).step_by(10).zip(order) {
            let percent = if rng.random_ratio(1, 5) { 60 } else { 100 };
            commit_both(&mut plain, &mut mixed, &market.answer(day, percent, minute(at)), at);
            match rng.random_range(0..6) {
                0 => drop(mixed.compact(minute(at + 1)).unwrap()),
                1 => {
                    is_loaded = true;
                    let batch = history(&market, at + 2, &mut rng);
                    plain.commit(batch.clone(), minute(at + 3)).unwrap();
                    load(&mut mixed, LOADED, &staged(&market, LOADED, &batch, minute(at + 2)), minute(at + 3));
                }
                // One of its days as an ordinary batch. Before there is all of it, a day alone would break the series of the
                // other source, and whether a row may be withdrawn then depends on what is in a base.
                2 if is_loaded => {
                    let day = rng.random_range(0..market.days.len());
                    let batch = days(&market, history(&market, at + 4, &mut rng), day..day + 1);
                    commit_both(&mut plain, &mut mixed, &batch, at + 5);
                }
                _ => {}
            }
            assert_eq!(mixed.logical_sums().unwrap(), plain.logical_sums().unwrap(), "seed {seed}, step {at}");
        }
    }
}
