//! The factors that belong to Tushare's bars of a day, and which the vendor has in another answer.

use std::collections::HashMap;

use chrono::NaiveDate;
use market_model::Code;
use source_tushare::Stored;
use warehouse::{RawResponse, WarehouseError, Writer};

use crate::sources::Source;

/// Pages of an answer that are looked at; a whole day comes in one or two.
const PAGES: u32 = 8;

/// The newest stored responses with factors of `day`, newest first; none where there are none.
pub(crate) fn pages(writer: &Writer, day: NaiveDate) -> Result<Vec<RawResponse>, WarehouseError> {
    let asked = format!("\"trade_date\":\"{}\"", day.format("%Y%m%d"));
    writer.newest_raw_responses(Source::Tushare.name(), "adj_factor", &asked, PAGES)
}

/// The factors that the pages hold.
pub(crate) fn read(pages: &[RawResponse]) -> HashMap<(Code, NaiveDate), f64> {
    let mut factors = HashMap::new();
    for page in pages {
        let Ok(Stored::Factors(page)) = source_tushare::decode(&page.dataset, &page.request, &page.body) else {
            continue;
        };
        for row in page.rows {
            // Newest first: an older page fills in what is on none of the newer ones.
            factors.entry((row.value.code, row.value.trade_date)).or_insert(row.value.factor);
        }
    }
    factors
}
