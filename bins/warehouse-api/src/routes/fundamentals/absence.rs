//! Why there is no claim about a company and quarter.

use chrono::{Datelike, Months, NaiveDate};
use market_model::Instrument;
use warehouse::Claims;

/// The reason, for an answer without claims that is seen on `seen_on`.
///
/// - `not_yet_announced`: it was announced later, or nothing came and the day by which it must be announced is not over;
/// - `announcement_unknown`: there are claims, but nobody says when they were announced, so an `as_of` hides them;
/// - `not_listed`: the quarter lies outside the instrument's listing;
/// - `not_ingested`: it should be there.
pub(super) fn reason(
    claims: &Claims,
    instrument: Option<&Instrument>,
    period: NaiveDate,
    seen_on: NaiveDate,
) -> &'static str {
    if claims.hidden.iter().any(|claim| claim.announced.is_some()) {
        return "not_yet_announced";
    }
    if !claims.hidden.is_empty() {
        return "announcement_unknown";
    }
    if instrument.is_some_and(|instrument| is_outside(instrument, period)) {
        return "not_listed";
    }
    if seen_on <= last_day_to_announce(period) { "not_yet_announced" } else { "not_ingested" }
}

/// Whether the quarter ended before the listing or began after the delisting.
fn is_outside(instrument: &Instrument, period: NaiveDate) -> bool {
    let begins = period.with_day(1).and_then(|day| day.checked_sub_months(Months::new(2))).unwrap_or(period);
    instrument.listed.is_some_and(|listed| period < listed)
        || instrument.delisted.is_some_and(|delisted| delisted <= begins)
}

/// The day by which a listed company must have reported: one month after the first and the third quarter, two after the
/// half-year, four after the year (China Securities Regulatory Commission, 上市公司信息披露管理办法).
fn last_day_to_announce(period: NaiveDate) -> NaiveDate {
    let months = match period.month() {
        6 => 2,
        12 => 4,
        _ => 1,
    };
    // The last day of the month that many months on: the day before the first of the one after it.
    let after = period.with_day(1).and_then(|first| first.checked_add_months(Months::new(months + 1)));
    after.and_then(|first| first.pred_opt()).unwrap_or(period)
}

#[cfg(test)]
mod tests {
    use market_model::InstrumentKind;
    use warehouse::Claim;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn hidden(announced: Option<&str>) -> Claims {
        let claim = Claim {
            metric: "eps".to_owned(),
            value: 1.0,
            unit: "yuan_per_share".to_owned(),
            source: "tdx".to_owned(),
            announced: announced.map(day),
            raw_id: None,
            ingested_at: chrono::DateTime::UNIX_EPOCH,
            superseded: false,
        };
        Claims { claims: Vec::new(), hidden: vec![claim] }
    }

    #[test]
    fn what_is_hidden_is_not_announced_yet_or_nobody_knows() {
        let (period, seen_on) = (day("2025-09-30"), day("2026-04-29"));
        assert_eq!(reason(&hidden(Some("2026-05-01")), None, period, seen_on), "not_yet_announced");
        assert_eq!(reason(&hidden(None), None, period, seen_on), "announcement_unknown");
    }

    #[test]
    fn nothing_is_overdue_before_the_last_day_to_announce() {
        for (period, last) in [
            ("2025-03-31", "2025-04-30"),
            ("2025-06-30", "2025-08-31"),
            ("2025-09-30", "2025-10-31"),
            ("2025-12-31", "2026-04-30"),
        ] {
            assert_eq!(last_day_to_announce(day(period)), day(last));
            assert_eq!(reason(&Claims::default(), None, day(period), day(last)), "not_yet_announced");
            let after = day(last).succ_opt().unwrap();
            assert_eq!(reason(&Claims::default(), None, day(period), after), "not_ingested");
        }
    }

    #[test]
    fn a_quarter_outside_the_listing_is_not_listed() {
        let share = Instrument {
            code: "300750.SZ".parse().unwrap(),
            kind: InstrumentKind::AShare,
            board: None,
            name: "甲".to_owned(),
            listed: Some(day("2018-06-11")),
            delisted: Some(day("2024-07-01")),
            renamed_from: None,
        };
        let told = |period: &str| reason(&Claims::default(), Some(&share), day(period), day("2026-04-29"));
        assert_eq!(told("2018-03-31"), "not_listed");
        assert_eq!(told("2018-06-30"), "not_ingested");
        assert_eq!(told("2024-06-30"), "not_ingested");
        assert_eq!(told("2024-09-30"), "not_listed");
    }
}
