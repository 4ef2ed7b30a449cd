//! `suspension`: halts and resumptions. A row has no values beside its key.

use chrono::NaiveDate;
use duckdb::arrow::array::ArrayRef;
use market_model::{Code, Suspension, SuspensionKind};

use super::{Dataset, Identity, json};
use crate::arrow_rows::{dates, optional_texts, texts};

/// The text of a halt in `suspension.kind`.
pub(crate) const SUSPENDED: &str = "suspended";
/// The text of a resumption in `suspension.kind`.
const RESUMED: &str = "resumed";

fn kind_text(kind: SuspensionKind) -> &'static str {
    match kind {
        SuspensionKind::Suspended => SUSPENDED,
        SuspensionKind::Resumed => RESUMED,
    }
}

impl Dataset for Suspension {
    const TABLE: &'static str = "suspension";
    type Key = (Code, NaiveDate, bool, Option<String>);

    fn key(&self) -> Self::Key {
        (self.code, self.trade_date, self.kind == SuspensionKind::Suspended, self.timing.clone())
    }

    fn identity(&self) -> Identity {
        let known = std::iter::once(kind_text(self.kind).to_owned()).chain(self.timing.clone());
        Identity::of_day(&self.code, self.trade_date).with(Some(known.collect::<Vec<_>>().join("|")))
    }

    fn candidate(&self) -> Option<String> {
        json(self, [])
    }

    fn columns(rows: &[&Self]) -> Vec<ArrayRef> {
        vec![
            texts(rows.iter().map(|row| row.code.as_str())),
            dates(rows.iter().map(|row| row.trade_date)),
            texts(rows.iter().map(|row| kind_text(row.kind))),
            optional_texts(rows.iter().map(|row| row.timing.as_deref())),
        ]
    }
}
