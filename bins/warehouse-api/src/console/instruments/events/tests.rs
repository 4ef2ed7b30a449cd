use market_model::Code;

use super::*;

const RANGE: (&str, &str) = ("2026-04-01", "2026-04-30");

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn action(ex_date: &str, cash_per_10: f64, source: &str) -> SourcedAction {
    let action = CorporateAction {
        code: "600519.SH".parse::<Code>().unwrap(),
        ex_date: day(ex_date),
        announced: None,
        cash_per_10,
        bonus_per_10: 0.0,
        rights_per_10: 0.0,
        rights_price: 0.0,
    };
    SourcedAction { action, source: source.to_owned() }
}

fn found(actions: &[SourcedAction], factors: &[(&str, f64)]) -> Vec<Event> {
    let factors: Vec<_> = factors.iter().map(|(date, factor)| (day(date), *factor)).collect();
    events(actions, &factors, (day(RANGE.0), day(RANGE.1)))
}

#[test]
fn sources_that_agree_stand_together_and_the_factor_beside_them() {
    let actions = [
        action("2026-04-22", 276.24, "tdx"),
        action("2026-04-22", 276.24, "tushare"),
        action("2026-04-22", 270.0, "yahoo"),
    ];
    let found = found(&actions, &[("2026-04-21", 7.5), ("2026-04-22", 7.65), ("2026-04-23", 7.65)]);
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].text(Language::English),
        "per 10 shares: cash 276.24 (tdx, tushare); per 10 shares: cash 270 (yahoo); \
         factor 7.500000 → 7.650000 (×1.020000)"
    );
    assert!(found[0].text(Language::Chinese).starts_with("每10股派276.24 (tdx, tushare)；"));
}

#[test]
fn a_halt_over_the_ex_date_does_not_make_two_events_of_one() {
    let found = found(&[action("2026-04-10", 3.0, "tushare")], &[("2026-04-03", 1.0), ("2026-04-15", 1.01)]);
    assert_eq!((found.len(), found[0].date, found[0].factor), (1, day("2026-04-10"), Some((1.0, 1.01))));
}

#[test]
fn a_step_that_no_source_explains_and_an_action_without_a_step_say_so() {
    let found = found(
        &[action("2026-04-28", 1.0, "tushare")],
        &[("2026-04-21", 1.0), ("2026-04-22", 2.0), ("2026-04-28", 2.0)],
    );
    assert!(found[0].text(Language::English).ends_with("no source tells why"), "{found:?}");
    assert!(found[1].text(Language::English).ends_with("the factor does not change"), "{found:?}");
}

#[test]
fn what_lies_outside_of_the_range_is_left_out() {
    let actions = [action("2026-03-31", 1.0, "tushare"), action("2026-05-01", 1.0, "tushare")];
    assert_eq!(found(&actions, &[("2026-03-30", 1.0), ("2026-03-31", 2.0), ("2026-04-01", 2.0)]), []);
}
