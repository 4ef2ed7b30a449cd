//! One generation as it is read: immutable, shared, valid until its last holder lets go.

use std::{
    fs::File,
    sync::{Arc, OnceLock},
};

use chrono::{DateTime, NaiveDate, Utc};
use market_model::{Code, Exchange, Instrument, TradingCalendar};

use super::{
    Anchor, Bar, FeatureRow, Missing, NormalizedRow, RawRow, SeriesState, SourceId,
    database::{Attached, Database},
    days::Days,
    features,
    fundamentals::{self, Claims},
    identity::Identity,
    instruments::Instruments,
    macro_series::{self, MacroAnswer, MacroSeries},
    missing::{self, Listing, Reach},
    normalized, raw_rows,
    scan::{BaseFacts, Sources},
    store::BarStore,
};
use crate::{
    WarehouseError, Withheld, is_whole_market,
    manifest::{Manifest, TableSum},
};

/// One immutable view of the market. Obtained from [`crate::Reader::current`]; hold one for a whole request.
///
/// [`Generation::bars`], [`Generation::missing`], [`Generation::anchor`] and the reference data come from memory and take
/// microseconds; the other reads plan a query, block, and end at [`crate::ReaderOptions::query_timeout`].
pub struct Generation {
    pub(super) manifest: Manifest,
    pub(super) store: BarStore,
    pub(super) days: Days,
    pub(super) calendar: TradingCalendar,
    pub(super) instruments: Instruments,
    pub(super) withheld: Vec<Withheld>,
    pub(super) database: Arc<Database>,
    pub(super) files: Files,
    /// What scans want to know of the base, asked of it once.
    pub(super) base_facts: Arc<OnceLock<BaseFacts>>,
    /// The sources of all rows, asked of the files once.
    pub(super) sources: OnceLock<Sources>,
}

/// The attached files. Detached when this is dropped, which is after everything above.
pub(super) struct Files {
    pub(super) tail: Attached,
    pub(super) base: Option<Attached>,
    /// Those files when they were opened.
    pub(super) identity: Identity,
    /// Locked for sharing as long as the generation is open: the writer keeps what is locked.
    pub(super) _manifest: File,
}

impl Generation {
    /// The generation's number.
    pub fn number(&self) -> u64 {
        self.manifest.generation
    }

    /// What it consists of.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// When it was published.
    pub fn published_at(&self) -> DateTime<Utc> {
        self.manifest.published_at
    }

    /// The last day with a curated bar.
    pub fn last_trade_date(&self) -> Option<NaiveDate> {
        self.manifest.last_trade_date
    }

    /// Appends the curated bars of `code` in `[from, to]` to `out`, unadjusted, ascending. Nothing for a code without bars.
    ///
    /// # Errors
    /// Only where the series file is missing or damaged and DuckDB fails too.
    pub fn bars(&self, code: &Code, from: NaiveDate, to: NaiveDate, out: &mut Vec<Bar>) -> Result<(), WarehouseError> {
        self.store.bars(code, from, to, out)
    }

    /// Whether [`Generation::bars`] of `code` takes microseconds. If not (the series file is missing or damaged, or the tail
    /// too large to be kept in memory), it plans a query and must not be called where blocking is forbidden.
    pub fn is_in_memory(&self, code: &Code) -> bool {
        self.store.is_in_memory(code)
    }

    /// The last bar of `code`: what forward-adjusted prices are relative to. `None` for a code without bars.
    pub fn anchor(&self, code: &Code) -> Option<Anchor> {
        self.store.anchor(code)
    }

    /// The trading days in `[from, to]` on which `code` has no bar, in runs, with the reason of each. Of a code that does not
    /// follow the mainland's calendar (an index, a fund, anything abroad) only the days on which it was not listed are known,
    /// and that a range without any bar lies after its last one (`NotYet`) or before its first (`Gap`).
    ///
    /// # Errors
    /// As [`Generation::bars`].
    pub fn missing(&self, code: &Code, from: NaiveDate, to: NaiveDate) -> Result<Vec<Missing>, WarehouseError> {
        let dates = self.store.dates(code, from, to)?;
        self.missing_beside(code, from, to, &dates)
    }

    /// [`Generation::missing`] for a caller that has read `bars`, the bars of `code` in `[from, to]`, already.
    ///
    /// # Errors
    /// As [`Generation::bars`].
    pub fn missing_among(
        &self,
        code: &Code,
        from: NaiveDate,
        to: NaiveDate,
        bars: &[Bar],
    ) -> Result<Vec<Missing>, WarehouseError> {
        let dates: Vec<_> = bars.iter().map(|bar| bar.date).collect();
        self.missing_beside(code, from, to, &dates)
    }

    fn missing_beside(
        &self,
        code: &Code,
        from: NaiveDate,
        to: NaiveDate,
        dates: &[NaiveDate],
    ) -> Result<Vec<Missing>, WarehouseError> {
        let instrument = self.instruments.get(code);
        let first_bar = match instrument.and_then(|instrument| instrument.listed) {
            Some(_) => None,
            None => self.store.first_date(code)?,
        };
        let listing = Listing::of(instrument, first_bar);
        if is_whole_market(code) {
            return Ok(self.days.missing(code, &listing, (from, to), dates));
        }
        let reach = if dates.is_empty() {
            let last = self.store.anchor(code).map(|anchor| anchor.date);
            Reach::Outside(self.store.first_date(code)?.zip(last))
        } else {
            Reach::Inside
        };
        Ok(missing::without_calendar(&listing, instrument.is_some(), reach, (from, to)))
    }

    /// What is known about `code` apart from its bars.
    pub fn instrument(&self, code: &Code) -> Option<&Instrument> {
        self.instruments.get(code)
    }

    /// Everything that is or was listed, by code.
    pub fn instruments(&self) -> &[Instrument] {
        self.instruments.all()
    }

    /// What trades under a symbol without its suffix: `000001` is a bank in Shenzhen and an index in Shanghai.
    pub fn candidates(&self, symbol: &str) -> Vec<&Instrument> {
        self.instruments.candidates(symbol)
    }

    /// The codes with that symbol that are an instrument or have bars: an index that nobody lists is among them.
    pub fn codes_named(&self, symbol: &str) -> Vec<Code> {
        let codes = Exchange::ALL.into_iter().filter_map(|exchange| Code::new(symbol, exchange).ok());
        codes.filter(|code| self.knows(code)).collect()
    }

    /// Whether `code` is an instrument or has bars.
    pub fn knows(&self, code: &Code) -> bool {
        self.instruments.get(code).is_some() || self.store.contains(code)
    }

    /// Every code with a bar, ascending.
    pub fn codes_with_bars(&self) -> Vec<Code> {
        let mut codes: Vec<_> = self.store.codes().into_iter().collect();
        codes.sort_unstable();
        codes
    }

    /// The mainland's trading days.
    pub fn calendar(&self) -> &TradingCalendar {
        &self.calendar
    }

    /// The name of a bar's source.
    pub fn source_name(&self, source: SourceId) -> &str {
        self.store.sources().name(source)
    }

    /// The days that are held back, ascending, per source.
    pub fn withheld(&self) -> &[Withheld] {
        &self.withheld
    }

    /// Row counts and logical hashes of the business tables, by name.
    pub fn table_counts(&self) -> impl Iterator<Item = (&str, &TableSum)> {
        self.manifest.tables.iter().map(|(name, sum)| (name.as_str(), sum))
    }

    /// Whether the series file serves the bars.
    pub fn series_state(&self) -> SeriesState {
        self.store.state()
    }

    /// The vendors' rows of `code` in `[from, to]`, by day and vendor. Plans a query.
    pub fn normalized(
        &self,
        code: &Code,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Vec<NormalizedRow>, WarehouseError> {
        self.database.query(|conn, _| normalized::rows(conn, &self.files, code, from, to))
    }

    /// The vendors' own rows behind [`Generation::normalized`], verbatim. Plans queries and reads whole responses: one per
    /// day where a response holds a day of the whole market.
    ///
    /// # Errors
    /// `Damaged` if a stored response is not what the normalized row says.
    pub fn raw_rows(&self, code: &Code, from: NaiveDate, to: NaiveDate) -> Result<Vec<RawRow>, WarehouseError> {
        self.database.query(|conn, deadline| {
            let rows = normalized::rows(conn, &self.files, code, from, to)?;
            raw_rows::find(conn, deadline, self.files.tail.name(), &rows)
        })
    }

    /// The features of `code` on `date`: the stored row, or the same numbers computed now. `None` without a bar that day.
    /// Plans a query.
    pub fn features(&self, code: &Code, date: NaiveDate) -> Result<Option<FeatureRow>, WarehouseError> {
        features::find(self, code, date)
    }

    /// What every source says of the quarter of `code` that ends on `period`; only what was announced by `as_of`, if given.
    /// Plans a query.
    pub fn fundamentals(
        &self,
        code: &Code,
        period: NaiveDate,
        as_of: Option<NaiveDate>,
    ) -> Result<Claims, WarehouseError> {
        let last_close_is_in = self.has_reached(period);
        self.database.query(|conn, _| fundamentals::find(conn, &self.files, code, period, last_close_is_in, as_of))
    }

    /// Every macroeconomic series, by name. Plans a query.
    pub fn macro_series(&self) -> Result<Vec<MacroSeries>, WarehouseError> {
        self.database.query(|conn, _| macro_series::list(conn, self.files.tail.name()))
    }

    /// The figures of `series` for the periods that end in `[start, end]`, ascending; only what was published by `as_of`, if
    /// given. Plans a query.
    pub fn macro_observations(
        &self,
        series: &str,
        start: NaiveDate,
        end: NaiveDate,
        as_of: Option<NaiveDate>,
    ) -> Result<MacroAnswer, WarehouseError> {
        self.database.query(|conn, _| macro_series::find(conn, self.files.tail.name(), series, (start, end), as_of))
    }

    /// Whether the bars reach the last trading day up to `date`.
    fn has_reached(&self, date: NaiveDate) -> bool {
        let Some(last) = self.last_trade_date() else { return false };
        let is_in_calendar = self.calendar.range().is_some_and(|(_, end)| date <= end);
        let last_open = date.succ_opt().and_then(|next| self.calendar.previous_open(next));
        last >= date || (is_in_calendar && last_open.is_some_and(|open| last >= open))
    }
}

impl Drop for Generation {
    fn drop(&mut self) {
        tracing::debug!(generation = self.manifest.generation, "close generation {}", self.manifest.generation);
    }
}

impl std::fmt::Debug for Generation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Generation")
            .field("number", &self.number())
            .field("series", &self.series_state())
            .finish_non_exhaustive()
    }
}
