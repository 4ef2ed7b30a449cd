//! A series → bars and corporate actions.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use market_model::{Code, CorporateAction, DailyBar};

use crate::{
    AlphaVantageError, Function, GlobalHistory, OutputSize, RawPage, RejectedRow, Row,
    wire::{Series, SeriesRow},
};

/// Rows of a compact series.
const COMPACT_ROWS: usize = 100;
/// A split by more than this, either way, is no split.
const RATIO_MAX: f64 = 100_000.0;

/// What was asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) code: Code,
    pub(crate) function: Function,
    pub(crate) from: NaiveDate,
    /// The last day wanted, final at the time of the request.
    pub(crate) to: NaiveDate,
}

/// What a series holds of the range.
#[derive(Debug, Default)]
struct Normalized {
    bars: Vec<Row<DailyBar>>,
    actions: Vec<Row<CorporateAction>>,
    rejected: Vec<RejectedRow>,
    /// The oldest date of the whole answer.
    oldest: Option<NaiveDate>,
}

/// Why an answer is refused; the caller adds function and page.
#[derive(Debug)]
enum Refused {
    Shape(String),
    Unit { ratio: f64, suspected_factor: f64 },
}

/// What a series, which came as `pages`, holds of the range.
pub(crate) fn history(
    series: &Series,
    symbol: &str,
    asked: &Asked,
    size: OutputSize,
    pages: Vec<RawPage>,
) -> Result<GlobalHistory, AlphaVantageError> {
    let function = asked.function;
    let Normalized { bars, actions, rejected, oldest } = match normalize(series, symbol, asked) {
        Ok(normalized) => normalized,
        Err(Refused::Shape(detail)) => return Err(AlphaVantageError::ShapeChanged { function, detail, pages }),
        Err(Refused::Unit { ratio, suspected_factor }) => {
            return Err(AlphaVantageError::UnitMismatch { function, ratio, suspected_factor, pages });
        }
    };
    let is_cut = size == OutputSize::Compact && series.rows.len() >= COMPACT_ROWS;
    let cut_before = oldest.filter(|oldest| is_cut && *oldest > asked.from);
    Ok(GlobalHistory { bars, actions, rejected, pages, cut_before })
}

/// Reads a series.
fn normalize(series: &Series, symbol: &str, asked: &Asked) -> Result<Normalized, Refused> {
    is_about(series, symbol, asked)?;
    let Some(first) = series.rows.first() else { return Ok(Normalized::default()) };
    let missing: Vec<&str> =
        columns(asked.function).iter().copied().filter(|column| first.value(column).is_none()).collect();
    if !missing.is_empty() {
        return Err(Refused::Shape(format!("{} missing", missing.join(", "))));
    }
    unit_fits(series)?;
    let mut normalized = Normalized::default();
    let (mut bars, mut actions) = (BTreeMap::new(), BTreeMap::new());
    for (row, number) in series.rows.iter().zip(0_u32..) {
        let reject = |(reason, value): (String, String)| RejectedRow {
            dataset: asked.function.dataset(),
            page: 0,
            row: number,
            reason,
            value,
        };
        let Some(date) = date(&row.date) else {
            normalized.rejected.push(reject(("the key is not a date".to_owned(), row.date.clone())));
            continue;
        };
        normalized.oldest = Some(normalized.oldest.map_or(date, |oldest| oldest.min(date)));
        if !(asked.from..=asked.to).contains(&date) {
            continue;
        }
        match bar(row, date, asked) {
            Ok(value) => drop(bars.insert(date, Row { value, page: 0, row: number })),
            Err(wrong) => normalized.rejected.push(reject(wrong)),
        }
        match action(row, date, asked) {
            Ok(None) => {}
            Ok(Some(value)) => drop(actions.insert(date, Row { value, page: 0, row: number })),
            Err(wrong) => normalized.rejected.push(reject(wrong)),
        }
    }
    normalized.bars = bars.into_values().collect();
    normalized.actions = actions.into_values().collect();
    Ok(normalized)
}

/// The columns that every row must have.
fn columns(function: Function) -> &'static [&'static str] {
    match function {
        Function::FxDaily => &["open", "high", "low", "close"],
        Function::TimeSeriesDaily => &["open", "high", "low", "close", "volume"],
        Function::TimeSeriesDailyAdjusted => {
            &["open", "high", "low", "close", "volume", "dividend amount", "split coefficient"]
        }
    }
}

/// Refuses an answer about something else than what was asked.
fn is_about(series: &Series, symbol: &str, asked: &Asked) -> Result<(), Refused> {
    let said = match asked.function {
        Function::FxDaily => match (series.meta("From Symbol"), series.meta("To Symbol")) {
            (Some(from), Some(to)) => Some(format!("{from}{to}")),
            _ => None,
        },
        Function::TimeSeriesDaily | Function::TimeSeriesDailyAdjusted => series.meta("Symbol").map(str::to_owned),
    };
    match said {
        Some(said) if !said.eq_ignore_ascii_case(symbol) => Err(Refused::Shape(format!("it is about {said}"))),
        _ => Ok(()),
    }
}

/// Refuses a series whose newest close is a power of ten away from its adjusted twin, which nothing has happened to yet.
fn unit_fits(series: &Series) -> Result<(), Refused> {
    let newest = series.rows.iter().max_by(|a, b| a.date.cmp(&b.date));
    let price = |name| newest.and_then(|row| number(row.value(name)?));
    let (Some(close), Some(adjusted)) = (price("close"), price("adjusted close")) else { return Ok(()) };
    let ratio = close / adjusted;
    if !(ratio.is_finite() && ratio > 0.0) {
        return Ok(());
    }
    let powers = ratio.log10().round().abs();
    if powers >= 1.0 {
        return Err(Refused::Unit { ratio, suspected_factor: 10_f64.powf(powers) });
    }
    Ok(())
}

type Wrong = (String, String);

fn bar(row: &SeriesRow, date: NaiveDate, asked: &Asked) -> Result<DailyBar, Wrong> {
    let (open, high) = (price(row, "open")?, price(row, "high")?);
    let (low, close) = (price(row, "low")?, price(row, "close")?);
    if !(low <= open.min(close) && open.max(close) <= high) {
        return Err(("open or close lies outside of low and high".to_owned(), sent(row)));
    }
    let volume = match (asked.function, row.value("volume")) {
        (Function::FxDaily, None) => 0,
        (_, text) => {
            let volume = text.and_then(number).filter(|volume| volume.fract() == 0.0 && (0.0..9e15).contains(volume));
            volume.ok_or_else(|| ("volume is not a volume".to_owned(), text.unwrap_or("absent").to_owned()))? as i64
        }
    };
    Ok(DailyBar {
        code: asked.code,
        trade_date: date,
        open,
        high,
        low,
        close,
        pre_close: None,
        volume,
        amount: None,
        adj_factor: None,
    })
}

/// What happened on the morning of that day; `None` on most days.
fn action(row: &SeriesRow, date: NaiveDate, asked: &Asked) -> Result<Option<CorporateAction>, Wrong> {
    if asked.function != Function::TimeSeriesDailyAdjusted {
        return Ok(None);
    }
    let cell = |name: &str| row.value(name).unwrap_or("absent");
    let (cash, split) = (cell("dividend amount"), cell("split coefficient"));
    let cash_per_share = number(cash).filter(|cash| (0.0..1e9).contains(cash));
    let cash_per_share =
        cash_per_share.ok_or_else(|| ("dividend amount is not an amount".to_owned(), cash.to_owned()))?;
    let ratio = ratio(split).filter(|ratio| (1.0 / RATIO_MAX..=RATIO_MAX).contains(ratio));
    let ratio = ratio.ok_or_else(|| ("split coefficient is not a ratio".to_owned(), split.to_owned()))?;
    if cash_per_share == 0.0 && ratio == 1.0 {
        return Ok(None);
    }
    Ok(Some(CorporateAction {
        code: asked.code,
        ex_date: date,
        announced: None,
        cash_per_10: rounded(cash_per_share * 10.0),
        bonus_per_10: rounded((ratio - 1.0) * 10.0),
        rights_per_10: 0.0,
        rights_price: 0.0,
    }))
}

fn price(row: &SeriesRow, name: &str) -> Result<f64, Wrong> {
    let text = row.value(name).unwrap_or("absent");
    let price = number(text).filter(|price| *price > 0.0);
    price.ok_or_else(|| (format!("{name} is not a price"), text.to_owned()))
}

/// New shares per old one. The coefficient is cut to four decimals, where a quotient of small numbers is meant: `0.3333`.
fn ratio(text: &str) -> Option<f64> {
    let sent = number(text)?;
    let decimals = text.trim().split_once('.').map_or(0, |(_, decimals)| decimals.len());
    if decimals < 4 {
        return Some(sent);
    }
    // Two quotients with denominators up to 50 are further apart than the cut, so at most one is meant.
    let quotients = (1..=50).map(|denominator| ((sent * f64::from(denominator)).round(), f64::from(denominator)));
    let mut near = quotients.map(|(numerator, denominator)| numerator / denominator);
    Some(near.find(|quotient| *quotient > 0.0 && (quotient - sent).abs() <= 0.51e-4).unwrap_or(sent))
}

/// A finite decimal number.
fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let is_decimal = |byte: u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
    if !text.bytes().all(is_decimal) {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

fn date(text: &str) -> Option<NaiveDate> {
    (text.len() == 10).then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())?
}

/// To eight decimals, which frees a product of its float error.
fn rounded(value: f64) -> f64 {
    (value * 1e8).round() / 1e8
}

fn sent(row: &SeriesRow) -> String {
    let values = row.values.iter().map(|(name, value)| format!("{name}={value}"));
    format!("{}: {}", row.date, values.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests;
