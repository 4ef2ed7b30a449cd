//! Corporate actions of a code.

use market_model::CorporateAction;

use crate::{
    SourcedAction,
    fixture::{Fixture, code, date},
};

#[test]
fn the_actions_of_a_code_come_by_day_with_their_sources() {
    let fixture = Fixture::new();
    fixture.tail(|conn| {
        conn.execute_batch(
            "INSERT INTO corporate_action VALUES
                 ('600519.SH', DATE '2026-04-22', DATE '2026-04-10', 276.24, 0, NULL, NULL, 'tushare', 1, 0, TIMESTAMP '2026-04-22'),
                 ('600519.SH', DATE '2026-04-22', NULL, 276.24, NULL, NULL, NULL, 'tdx', 2, 0, TIMESTAMP '2026-04-22'),
                 ('600519.SH', DATE '2025-06-20', NULL, 0, 3, 2, 8.5, 'tushare', 1, 1, TIMESTAMP '2026-04-22'),
                 ('000001.SZ', DATE '2025-06-20', NULL, 1, 0, 0, 0, 'tushare', 1, 2, TIMESTAMP '2026-04-22')",
        )
        .unwrap();
    });
    fixture.commit(&[]);
    fixture.publish();
    let generation = fixture.reader().current().unwrap();
    let dividend = |announced: Option<&str>, source: &str| SourcedAction {
        action: CorporateAction {
            code: code("600519.SH"),
            ex_date: date("2026-04-22"),
            announced: announced.map(date),
            cash_per_10: 276.24,
            bonus_per_10: 0.0,
            rights_per_10: 0.0,
            rights_price: 0.0,
        },
        source: source.to_owned(),
    };
    let actions = generation.corporate_actions(&code("600519.SH")).unwrap();
    assert_eq!((actions[0].action.ex_date, actions[0].action.rights_price), (date("2025-06-20"), 8.5));
    assert_eq!(actions[1..], [dividend(None, "tdx"), dividend(Some("2026-04-10"), "tushare")]);
    assert_eq!(generation.corporate_actions(&code("600000.SH")).unwrap(), []);
}
