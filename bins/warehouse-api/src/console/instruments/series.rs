//! What a chart is made of.

use chrono::{Days, NaiveDate};
use market_features::Features;
use market_model::{Code, Exchange, InstrumentKind};
use operator_console::{
    Language,
    chart::{Candle, Candles, Curve, Marker},
};
use warehouse::{Anchor, Bar, Generation, Missing, NormalizedRow, WarehouseError, known_volume};

use super::{
    asked::{Asked, basis},
    events::{Event, events},
    period::{Period, PeriodBar},
};

/// Calendar days of vendors' rows that tell which sources there are.
const SOURCES_OF: u64 = 370;
/// Averages that a screen shows, with what they are called.
type Average = (&'static str, fn(&Features) -> Option<f64>);
const AVERAGES: [Average; 4] =
    [("MA5", |of| of.ma_5), ("MA10", |of| of.ma_10), ("MA20", |of| of.ma_20), ("MA60", |of| of.ma_60)];

/// A code's bars in the basis, the length and the range that were asked for, with all that stands beside them.
pub(super) struct Series {
    pub(super) period: Period,
    /// The bars shown, ascending.
    pub(super) bars: Vec<PeriodBar>,
    /// A row of averages per bar shown.
    averages: Vec<Features>,
    /// Daily bars as traded of the same days, and the one before them where there is one.
    pub(super) days: Vec<Bar>,
    pub(super) anchor: Option<Anchor>,
    pub(super) events: Vec<Event>,
    /// The trading days without a bar from the first one shown to the last that the generation knows of.
    pub(super) missing: Vec<Missing>,
    /// Who has rows of this code.
    pub(super) sources: Vec<String>,
    /// The other source's close per bar shown, in the same basis.
    overlay: Option<Vec<Option<f64>>>,
    /// Places after the point of a price.
    pub(super) decimals: usize,
}

impl Series {
    /// Reads all of it. Plans queries.
    pub(super) fn read(generation: &Generation, code: &Code, asked: &Asked) -> Result<Self, WarehouseError> {
        let mut all = Vec::new();
        generation.bars(code, NaiveDate::MIN, NaiveDate::MAX, &mut all)?;
        let anchor = generation.anchor(code);
        let ratio = |bar: &Bar| asked.adjust.ratio(bar.factor, anchor.map_or(1.0, |anchor| anchor.factor));
        let adjusted: Vec<PeriodBar> = all.iter().map(|bar| adjusted(code, bar, ratio(bar))).collect();
        let period = match asked.bars {
            Some(_) => Period::Day,
            None => Period::of(adjusted.iter().map(|bar| bar.last)),
        };
        let mut bars = period.together(&adjusted);
        // Averages look back beyond what is shown.
        let closes: Vec<f64> = bars.iter().map(|bar| bar.close).collect();
        let mut averages = Vec::new();
        market_features::compute_all(&closes, &mut averages);
        let hidden = bars.len().saturating_sub(asked.bars.unwrap_or(usize::MAX));
        bars.drain(..hidden);
        averages.drain(..hidden);
        let mut series = Self {
            period,
            decimals: decimals(generation, code, &bars),
            bars,
            averages,
            days: Vec::new(),
            anchor,
            events: Vec::new(),
            missing: Vec::new(),
            sources: Vec::new(),
            overlay: None,
        };
        series.look_around(generation, code, asked, all, &ratio)?;
        Ok(series)
    }

    /// Adds what is known of the days shown apart from their bars.
    fn look_around(
        &mut self,
        generation: &Generation,
        code: &Code,
        asked: &Asked,
        mut all: Vec<Bar>,
        ratio: &dyn Fn(&Bar) -> f64,
    ) -> Result<(), WarehouseError> {
        let Some((first, last)) = self.bars.first().map(|bar| bar.first).zip(self.bars.last().map(|bar| bar.last))
        else {
            return Ok(());
        };
        // A day that is held back may be the newest.
        let held_back = generation.withheld().iter().map(|day| day.trade_date).max();
        let until = last.max(generation.last_trade_date().unwrap_or(last)).max(held_back.unwrap_or(last));
        let begin = all.partition_point(|bar| bar.date < first);
        self.missing = generation.missing_among(code, first, until, &all[begin..])?;
        all.drain(..begin.saturating_sub(1));
        let factors: Vec<(NaiveDate, f64)> = all.iter().map(|bar| (bar.date, bar.factor)).collect();
        self.events = events(&generation.corporate_actions(code)?, &factors, (first, last));
        let recent = last.checked_sub_days(Days::new(SOURCES_OF)).map_or(first, |day| day.max(first));
        let rows = generation.normalized(code, if asked.source.is_some() { first } else { recent }, last)?;
        self.sources = rows.iter().map(|row| row.source.clone()).collect();
        self.sources.sort_unstable();
        self.sources.dedup();
        if let Some(source) = &asked.source {
            self.overlay = Some(self.closes_of(source, &rows, &all, ratio));
        }
        self.days = all;
        Ok(())
    }

    /// The close of `source` in each bar shown: of its last day that has both its row and a bar, whose factor adjusts it.
    fn closes_of(
        &self,
        source: &str,
        rows: &[NormalizedRow],
        days: &[Bar],
        ratio: &dyn Fn(&Bar) -> f64,
    ) -> Vec<Option<f64>> {
        let mut closes = vec![None; self.bars.len()];
        for row in rows.iter().filter(|row| row.source == source) {
            let date = row.bar.trade_date;
            let Ok(day) = days.binary_search_by_key(&date, |bar| bar.date) else { continue };
            if let Some(at) = self.place(date) {
                closes[at] = Some(row.bar.close * ratio(&days[day]));
            }
        }
        closes
    }

    /// The bar that `date` belongs to, or the first one after it; `None` outside of what is shown.
    fn place(&self, date: NaiveDate) -> Option<usize> {
        let at = self.bars.partition_point(|bar| bar.last < date);
        (at < self.bars.len()).then_some(at)
    }

    /// The picture.
    pub(super) fn candles(&self, language: Language, code: &Code, name: &str, asked: &Asked) -> Candles {
        let candle = |bar: &PeriodBar| Candle {
            date: bar.last,
            open: bar.open,
            high: bar.high,
            low: bar.low,
            close: bar.close,
            volume: bar.volume,
        };
        let average =
            |(name, of): &Average| Curve { name: (*name).to_owned(), values: self.averages.iter().map(of).collect() };
        let marker = |event: &Event| {
            Some(Marker {
                bar: self.place(event.date)?,
                sign: language.say("XD", "除").to_owned(),
                title: format!("{}: {}", event.date, event.text(language)),
            })
        };
        let overlay = asked.source.as_ref().zip(self.overlay.clone());
        let label = [&code.to_string(), name, self.period.name(language), basis(language, asked.adjust)];
        Candles {
            label: label.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", "),
            bars: self.bars.iter().map(candle).collect(),
            averages: AVERAGES.iter().map(average).collect(),
            overlay: overlay.map(|(name, values)| Curve { name: name.clone(), values }),
            markers: self.events.iter().filter_map(marker).collect(),
            decimals: self.decimals,
        }
    }
}

fn adjusted(code: &Code, bar: &Bar, ratio: f64) -> PeriodBar {
    PeriodBar {
        first: bar.date,
        last: bar.date,
        open: bar.open * ratio,
        high: bar.high * ratio,
        low: bar.low * ratio,
        close: bar.close * ratio,
        volume: known_volume(code, bar.volume),
    }
}

/// Enough to tell two prices apart: as many as the exchange quotes, and more where an adjustment makes them small.
fn decimals(generation: &Generation, code: &Code, bars: &[PeriodBar]) -> usize {
    let kind = generation.instrument(code).map(|instrument| instrument.kind).or_else(|| InstrumentKind::of_code(code));
    let quoted = match (code.exchange(), kind) {
        (Exchange::Fx, _) => 4,
        (_, Some(InstrumentKind::Fund | InstrumentKind::Bond | InstrumentKind::BShare)) => 3,
        _ => 2,
    };
    let least = bars.iter().map(|bar| bar.low).fold(f64::INFINITY, f64::min);
    if least < 1.0 { quoted + 2 } else { quoted }
}
