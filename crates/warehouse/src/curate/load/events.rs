//! The corporate actions that may change a factor.

use market_model::CorporateAction;

use super::CodeData;
use crate::{
    WarehouseError, arrow_rows,
    curate::{Context, Events},
};

pub(super) fn load_events(context: Context<'_>, data: &mut [CodeData]) -> Result<(), WarehouseError> {
    let sql = "SELECT a.pos, x.ex_date, x.source, x.cash_per_10, x.bonus_per_10, x.rights_per_10, x.rights_price
               FROM corporate_action x JOIN affected a ON a.code = x.code WHERE x.ex_date > a.reach_date";
    let mut found: Vec<Vec<(String, CorporateAction)>> = data.iter().map(|_| Vec::new()).collect();
    arrow_rows::query(context.conn, sql, [], |columns| {
        let (at, days, sources) = (columns.ints(0)?, columns.dates(1)?, columns.texts(2)?);
        let numbers = [columns.numbers(3)?, columns.numbers(4)?, columns.numbers(5)?, columns.numbers(6)?];
        for row in 0..columns.rows() {
            let at = at.value(row) as usize;
            let [cash_per_10, bonus_per_10, rights_per_10, rights_price] =
                numbers.map(|column| arrow_rows::number_at(column, row).unwrap_or(0.0));
            let action = CorporateAction {
                code: data[at].code,
                ex_date: arrow_rows::date_of(days.value(row)),
                announced: None,
                cash_per_10,
                bonus_per_10,
                rights_per_10,
                rights_price,
            };
            found[at].push((sources.value(row).to_owned(), action));
        }
        Ok(())
    })?;
    let order = &context.options.source_policy.corporate_action;
    for (code, events) in data.iter_mut().zip(found) {
        if !events.is_empty() {
            code.events = Events::choose(events, order);
        }
    }
    Ok(())
}
