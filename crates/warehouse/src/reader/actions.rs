//! What companies did to their shares: dividends, bonus and rights issues.

use duckdb::Row;
use market_model::{Code, CorporateAction};

use crate::{Generation, WarehouseError};

/// A corporate action as one source has it.
#[derive(Debug, Clone, PartialEq)]
pub struct SourcedAction {
    /// What happens on the ex-date.
    pub action: CorporateAction,
    /// Who says so.
    pub source: String,
}

impl Generation {
    /// The corporate actions of `code`, by ex-date, then source. Plans a query.
    pub fn corporate_actions(&self, code: &Code) -> Result<Vec<SourcedAction>, WarehouseError> {
        let sql = format!(
            "SELECT ex_date, announced, cash_per_10, bonus_per_10, rights_per_10, rights_price, source \
             FROM {}.corporate_action WHERE code = '{code}' ORDER BY ex_date, source, announced",
            self.files.tail.name()
        );
        self.database.query(|conn, _| {
            let mut statement = conn.prepare(&sql)?;
            let actions = statement.query_map([], |row| sourced_action(*code, row))?;
            Ok(actions.collect::<Result<_, _>>()?)
        })
    }
}

fn sourced_action(code: Code, row: &Row<'_>) -> Result<SourcedAction, duckdb::Error> {
    let number = |column: usize| Ok::<_, duckdb::Error>(row.get::<_, Option<f64>>(column)?.unwrap_or_default());
    let action = CorporateAction {
        code,
        ex_date: row.get(0)?,
        announced: row.get(1)?,
        cash_per_10: number(2)?,
        bonus_per_10: number(3)?,
        rights_per_10: number(4)?,
        rights_price: number(5)?,
    };
    Ok(SourcedAction { action, source: row.get(6)? })
}
