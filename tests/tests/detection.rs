//! The rules find what is broken and are silent about what is not: the small version of the table in
//! `docs/quality-rules.md` (`make quality-table` makes the large one).

use chrono::NaiveDate;
use system_tests::detection::{CORRUPTIONS, DAY_CORRUPTIONS, Size, run};

#[test]
fn ninety_five_percent_of_the_corruptions_are_found_and_a_clean_market_is_silent() {
    let last_day = NaiveDate::from_ymd_opt(2026, 10, 30).unwrap();
    let outcome = run(Size { codes: 100, last_day, years: 10, injections: 3 }, 20);
    let false_alarms = &outcome.false_alarms;
    assert!(
        false_alarms.is_empty(),
        "{} false alarms: {:#?}",
        false_alarms.len(),
        &false_alarms[..5.min(false_alarms.len())]
    );
    let overall = outcome.overall();
    assert!(overall.injected > 200, "{}", overall.injected);
    assert!(overall.rate() >= 0.95, "{} of {}: {:#?}", overall.caught, overall.injected, overall.missed);
    assert_eq!(overall.inconsistent, [""; 0], "days alone are judged as in the whole history");
    for name in CORRUPTIONS.iter().map(|one| one.name).chain(DAY_CORRUPTIONS.iter().map(|one| one.name)) {
        let cell = outcome.of(name);
        assert!(cell.injected > 0, "{name} was never injected");
        assert!(cell.caught + cell.mended > 0, "{name} is never found");
    }
}
