//! Events → corporate actions, one per ex-date.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use market_model::CorporateAction;
use serde_json::Value;

use super::{
    as_traded::{self, Rounding, Split},
    history::{Asked, Refused},
};
use crate::{RejectedRow, Row, local_time::Zone, wire};

/// A split by more than this, either way, is no split.
const RATIO_MAX: f64 = 100_000.0;

/// The events of an answer, read.
#[derive(Debug, Default)]
pub(crate) struct Events {
    /// Splits that had happened by the time of the request: prices before them are divided by them.
    pub(crate) splits: Vec<Split>,
    /// Every readable event with its place.
    all: Vec<(u32, Event)>,
    unreadable: Vec<RejectedRow>,
}

#[derive(Debug, Clone, Copy)]
enum Event {
    Cash { ex_date: NaiveDate, amount: f64 },
    Split(Split),
}

/// Reads the events. A split that cannot be read refuses the answer: without it no price before it is known.
pub(crate) fn read(events: Option<&wire::Events>, zone: Zone, now: DateTime<Utc>) -> Result<Events, Refused> {
    let mut read = Events::default();
    let Some(events) = events else { return Ok(read) };
    let mut place = 0_u32;
    for value in events.dividends.iter().chain(&events.capital_gains) {
        match cash(value, zone) {
            Some(event) => read.all.push((place, event)),
            None => read.unreadable.push(RejectedRow {
                dataset: "events",
                page: 0,
                row: place,
                reason: "a distribution without a usable date and amount".to_owned(),
                value: value.to_string(),
            }),
        }
        place += 1;
    }
    for value in &events.splits {
        let split = split(value, zone).ok_or_else(|| Refused::Shape(format!("the split {value} cannot be read")))?;
        if date_seconds(value).is_some_and(|seconds| seconds <= now.timestamp()) {
            read.splits.push(split);
        }
        read.all.push((place, Event::Split(split)));
        place += 1;
    }
    read.splits.sort_by_key(|split| split.ex_date);
    Ok(read)
}

/// The corporate actions of the range. Events of one ex-date are one action, standing at the place of the first.
pub(crate) fn normalize(
    events: &Events,
    rounding: Rounding,
    asked: &Asked<'_>,
) -> (Vec<Row<CorporateAction>>, Vec<RejectedRow>) {
    let mut by_date: BTreeMap<NaiveDate, (u32, f64, f64)> = BTreeMap::new();
    for (place, event) in &events.all {
        let ex_date = event.ex_date();
        if !asked.wants(ex_date) {
            continue;
        }
        let (_, cash, ratio) = by_date.entry(ex_date).or_insert((*place, 0.0, 1.0));
        match event {
            // Paid on the shares held before the day's own split, where there is one.
            Event::Cash { amount, .. } => {
                *cash += rounding.cash(*amount, as_traded::ratio_before(&events.splits, ex_date));
            }
            Event::Split(split) => *ratio *= split.ratio(),
        }
    }
    let action = |(ex_date, (place, cash, ratio)): (NaiveDate, (u32, f64, f64))| Row {
        value: CorporateAction {
            code: asked.code,
            ex_date,
            announced: None,
            cash_per_10: as_traded::round(cash * 10.0, 8),
            bonus_per_10: as_traded::round((ratio - 1.0) * 10.0, 8),
            rights_per_10: 0.0,
            rights_price: 0.0,
        },
        page: 0,
        row: place,
    };
    (by_date.into_iter().map(action).collect(), events.unreadable.clone())
}

impl Event {
    fn ex_date(&self) -> NaiveDate {
        match self {
            Self::Cash { ex_date, .. } => *ex_date,
            Self::Split(split) => split.ex_date,
        }
    }
}

fn cash(value: &Value, zone: Zone) -> Option<Event> {
    let amount = number(value, "amount").filter(|amount| *amount > 0.0 && *amount < 1e9)?;
    Some(Event::Cash { ex_date: zone.date(date_seconds(value)?)?, amount })
}

fn split(value: &Value, zone: Zone) -> Option<Split> {
    let positive = |name| number(value, name).filter(|number| *number > 0.0 && *number < 1e12);
    let split = Split {
        ex_date: zone.date(date_seconds(value)?)?,
        numerator: positive("numerator")?,
        denominator: positive("denominator")?,
    };
    (1.0 / RATIO_MAX..=RATIO_MAX).contains(&split.ratio()).then_some(split)
}

fn date_seconds(value: &Value) -> Option<i64> {
    let seconds = number(value, "date")?;
    (seconds.abs() < 1e12).then_some(seconds as i64)
}

/// A number, which some captures write as text.
fn number(value: &Value, name: &str) -> Option<f64> {
    match value.get(name)? {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    }
    .filter(|number: &f64| number.is_finite())
}
