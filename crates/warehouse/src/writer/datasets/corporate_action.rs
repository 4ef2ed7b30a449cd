//! `corporate_action`: dividends, bonus and rights issues.
//!
//! Two events of one code may share an ex-date if they were announced on different days.

use chrono::NaiveDate;
use duckdb::arrow::array::ArrayRef;
use market_model::{Code, CorporateAction};
use quality_rules::gate::{self, Refusal};

use super::{Dataset, Identity, json};
use crate::arrow_rows::{dates, numbers, optional_dates, texts};

impl Dataset for CorporateAction {
    const TABLE: &'static str = "corporate_action";
    type Key = (Code, NaiveDate, Option<NaiveDate>);

    fn key(&self) -> Self::Key {
        (self.code, self.ex_date, self.announced)
    }

    fn identity(&self) -> Identity {
        Identity::of_day(&self.code, self.ex_date).with(self.announced.map(|day| day.to_string()))
    }

    fn gate(&self) -> Result<(), Refusal> {
        gate::action(self)
    }

    fn candidate(&self) -> Option<String> {
        json(self, [self.cash_per_10, self.bonus_per_10, self.rights_per_10, self.rights_price])
    }

    fn columns(rows: &[&Self]) -> Vec<ArrayRef> {
        vec![
            texts(rows.iter().map(|row| row.code.as_str())),
            dates(rows.iter().map(|row| row.ex_date)),
            optional_dates(rows.iter().map(|row| row.announced)),
            numbers(rows.iter().map(|row| row.cash_per_10)),
            numbers(rows.iter().map(|row| row.bonus_per_10)),
            numbers(rows.iter().map(|row| row.rights_per_10)),
            numbers(rows.iter().map(|row| row.rights_price)),
        ]
    }
}
