//! The list of securities.

use market_model::{Code, vendor_code::tdx};

use super::{daily::rejected, decimal::typed};
use crate::{
    RejectedRow, Row,
    wire::{Market, SecurityRecord},
};

/// One security of a market's list: stocks, indices, funds, bonds and more, as TDX lists them.
#[derive(Debug, Clone, PartialEq)]
pub struct Security {
    /// Its code.
    pub code: Code,
    /// Its name, cut at eight bytes of GBK (`沪深300ETF` comes as `沪深300E`).
    pub name: String,
    /// Shares per lot, as TDX says.
    pub volume_unit: u16,
    /// Decimals of its prices.
    pub decimals: u8,
    /// The last close, yuan; `None` where there is none.
    pub pre_close: Option<f64>,
}

/// Normalizes the pages of one market's list; a security that moved onto a second page while it was read counts once.
pub(crate) fn securities(
    dataset: &'static str,
    market: Market,
    pages: &[Vec<SecurityRecord>],
) -> (Vec<Row<Security>>, Vec<RejectedRow>) {
    let (mut rows, mut refused) = (Vec::new(), Vec::new());
    let mut seen = std::collections::BTreeSet::new();
    for (page, records) in pages.iter().enumerate() {
        for (record, row) in records.iter().zip(0_u32..) {
            match tdx::parse(market.number(), &record.symbol) {
                Ok(code) if !seen.insert(code) => {}
                Ok(code) => rows.push(Row { value: security(code, record), page, row }),
                Err(error) => refused.push(rejected(dataset, page, row, error.to_string(), record)),
            }
        }
    }
    (rows, refused)
}

fn security(code: Code, record: &SecurityRecord) -> Security {
    Security {
        code,
        name: record.name.clone(),
        volume_unit: record.volume_unit,
        decimals: record.decimals,
        pre_close: (record.pre_close > 0.0).then(|| typed(record.pre_close)),
    }
}
