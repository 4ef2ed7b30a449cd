//! Ranges of days, both ends included.

use chrono::NaiveDate;

/// From a day to a day, both included.
pub(super) type Interval = (NaiveDate, NaiveDate);

/// What of `wanted` is in none of `loaded`, each day once, ascending.
pub(super) fn missing(mut wanted: Vec<Interval>, loaded: &[Interval]) -> Vec<Interval> {
    wanted.sort_unstable();
    let mut loaded = loaded.to_vec();
    loaded.sort_unstable();
    let mut missing = Vec::new();
    let mut done = NaiveDate::MIN;
    for (first, last) in wanted {
        let mut from = first.max(done);
        for (start, end) in &loaded {
            if from > last || *start > last {
                break;
            }
            if *end < from {
                continue;
            }
            if from < *start {
                missing.push((from, start.pred_opt().unwrap_or(*start)));
            }
            from = end.succ_opt().unwrap_or(*end);
        }
        if from <= last {
            missing.push((from, last));
        }
        done = done.max(last.succ_opt().unwrap_or(last));
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Days of January as intervals.
    fn days(days: &[(u32, u32)]) -> Vec<Interval> {
        let day = |day| NaiveDate::from_ymd_opt(2024, 1, day).unwrap();
        days.iter().map(|(first, last)| (day(*first), day(*last))).collect()
    }

    #[test]
    fn every_day_that_is_wanted_and_not_there_comes_once() {
        for (wanted, loaded, expected) in [
            (vec![(3, 9)], vec![], vec![(3, 9)]),
            (vec![(3, 9)], vec![(1, 31)], vec![]),
            (vec![(3, 9)], vec![(5, 6)], vec![(3, 4), (7, 9)]),
            (vec![(3, 9)], vec![(8, 9), (3, 3)], vec![(4, 7)]),
            (vec![(3, 9)], vec![(1, 2), (10, 12)], vec![(3, 9)]),
            (vec![(5, 12), (3, 9)], vec![], vec![(3, 9), (10, 12)]),
            (vec![(3, 20), (4, 20)], vec![(6, 8), (18, 25)], vec![(3, 5), (9, 17)]),
            (vec![], vec![(1, 2)], vec![]),
        ] {
            assert_eq!(missing(days(&wanted), &days(&loaded)), days(&expected), "{wanted:?} {loaded:?}");
        }
    }
}
