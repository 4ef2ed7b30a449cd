//! What a fetch gives back: typed rows, rows that were refused, and the exact bytes behind both.

use chrono::{DateTime, NaiveDate, Utc};
use market_model::{Code, CorporateAction, DailyBar, Instrument, InstrumentKind};

/// The history of one code.
#[derive(Debug, Clone, Default)]
pub struct GlobalHistory {
    /// Final bars, ascending by date, one per date: prices and volume **as traded** on their day, in the listing
    /// currency; `amount`, `pre_close` and `adj_factor` are `None`. Volume is 0 where Yahoo has none (currencies, some
    /// indices). `Row::row` is the index into `timestamp`.
    pub bars: Vec<Row<DailyBar>>,
    /// Splits and distributions with an ex-date in the range, ascending, one per ex-date, quantities per 10 shares as held
    /// on the evening before: a split is `bonus_per_10` (negative for a reverse split), cash is in the listing currency.
    /// `Row::row` counts the events of the body: dividends, then capital gains, then splits.
    pub actions: Vec<Row<CorporateAction>>,
    /// What Yahoo says about the code; `None` where it has nothing in the range.
    pub instrument: Option<InstrumentFacts>,
    /// Bars and events that could not be used, with the reason.
    pub rejected: Vec<RejectedRow>,
    /// Every response received, in order.
    pub pages: Vec<RawPage>,
}

/// What the answer says about its code.
#[derive(Debug, Clone, PartialEq)]
pub struct InstrumentFacts {
    /// The code.
    pub code: Code,
    /// Long or short name; `None` where Yahoo has none.
    pub name: Option<String>,
    /// ISO 4217 (`USD`, `HKD`); `GBp` is pence.
    pub currency: Option<String>,
    /// Yahoo's abbreviation of the exchange (`NMS`, `HKG`).
    pub exchange_name: Option<String>,
    /// `EQUITY`, `ETF`, `INDEX`, `CURRENCY` …
    pub instrument_type: Option<String>,
    /// IANA zone of the exchange, by which dates go.
    pub timezone: String,
    /// First day with data.
    pub first_trade_date: Option<NaiveDate>,
}

impl InstrumentFacts {
    /// The same in the model's terms. The name falls back to the code.
    pub fn instrument(&self) -> Instrument {
        Instrument {
            code: self.code,
            kind: InstrumentKind::of_code(&self.code).unwrap_or(InstrumentKind::Foreign),
            board: None,
            name: self.name.clone().unwrap_or_else(|| self.code.to_string()),
            listed: self.first_trade_date,
            delisted: None,
            renamed_from: None,
        }
    }
}

/// A normalized row and where it stood in the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Row<T> {
    /// The row in the market's own terms.
    pub value: T,
    /// Index into `pages`.
    pub page: usize,
    /// Where in that page.
    pub row: u32,
}

/// A row that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// `chart` for bars, `events` for corporate actions.
    pub dataset: &'static str,
    /// Index into `pages`.
    pub page: usize,
    /// Where in that page.
    pub row: u32,
    /// What is wrong, naming the field.
    pub reason: String,
    /// The offending values as they were sent.
    pub value: String,
}

/// One response exactly as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawPage {
    /// The endpoint: `chart`.
    pub dataset: &'static str,
    /// The request as JSON: `symbol`, `period1`, `period2`, `interval`, `events`.
    pub request: String,
    /// When the body was complete.
    pub fetched_at: DateTime<Utc>,
    /// HTTP status.
    pub http_status: u16,
    /// The body's bytes, after content decoding.
    pub body: Vec<u8>,
}
