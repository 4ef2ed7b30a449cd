//! The price table: which row holds, and what a request costs by it.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Asia::Shanghai;

use super::{DefaultPrice, Hours, PriceError, PriceRow};
use crate::{Cny, Usage};

/// An amount, and whether it comes from a row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Priced {
    /// The amount.
    pub cny: Cny,
    /// `false` when the model has no row and the default was used.
    pub known: bool,
}

/// Prices of all models, checked. A price is chosen by the moment that the request was made at.
#[derive(Clone, Debug)]
pub struct PriceTable {
    exact: HashMap<String, Offers>,
    /// By what stands before the `*`, the longest first.
    patterns: Vec<(String, Offers)>,
    default: DefaultPrice,
}

/// Prices of one model: of single channels, and of all others.
#[derive(Clone, Debug, Default)]
struct Offers {
    of_channel: HashMap<String, Epochs>,
    of_all: Epochs,
}

/// What held from which day on.
type Epochs = BTreeMap<NaiveDate, Vec<Period>>;

/// What holds in some hours: its tiers, the smallest first, the one without bound last.
#[derive(Clone, Debug)]
struct Period {
    hours: Option<Hours>,
    tiers: Vec<Tier>,
}

#[derive(Clone, Copy, Debug)]
struct Tier {
    until_input: Option<u64>,
    rates: Rates,
}

/// Nano-yuan per million tokens.
#[derive(Clone, Copy, Debug)]
struct Rates {
    input: Cny,
    cached_input: Cny,
    output: Cny,
    thinking: Cny,
}

impl PriceTable {
    /// Checks the rows and puts them in order.
    ///
    /// # Errors
    /// A negative price, a row that is there twice, hours that overlap, a tier or hours without a row for the rest.
    pub fn from_rows(rows: &[PriceRow], default: DefaultPrice) -> Result<Self, PriceError> {
        let mut exact: HashMap<String, Offers> = HashMap::new();
        let mut patterns: HashMap<String, Offers> = HashMap::new();
        for (index, row) in rows.iter().enumerate() {
            check(row, index)?;
            let offers = match row.model.strip_suffix('*') {
                Some(start) => patterns.entry(start.to_owned()).or_default(),
                None => exact.entry(row.model.clone()).or_default(),
            };
            let epochs = match &row.channel {
                Some(channel) => offers.of_channel.entry(channel.clone()).or_default(),
                None => &mut offers.of_all,
            };
            add(epochs.entry(row.from).or_default(), row, index)?;
        }
        for (index, row) in rows.iter().enumerate() {
            let offers = match row.model.strip_suffix('*') {
                Some(start) => patterns.get_mut(start),
                None => exact.get_mut(&row.model),
            };
            let epochs = offers.and_then(|offers| match &row.channel {
                Some(channel) => offers.of_channel.get_mut(channel),
                None => Some(&mut offers.of_all),
            });
            if let Some(periods) = epochs.and_then(|epochs| epochs.get_mut(&row.from)) {
                complete(periods, row, index)?;
            }
        }
        let mut patterns: Vec<_> = patterns.into_iter().collect();
        patterns.sort_by(|(one, _), (other, _)| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        Ok(Self { exact, patterns, default })
    }

    /// What a request used, in yuan, rounded up to the nano-yuan.
    pub fn cost(&self, model: &str, channel: &str, usage: &Usage, made_at: DateTime<Utc>) -> Priced {
        match self.period(model, channel, made_at) {
            Some(period) => Priced { cny: period.tier(usage.input).rates.cost(usage), known: true },
            None => Priced { cny: self.default_rates().cost(usage), known: false },
        }
    }

    /// The most that a request can cost whose prompt has at most `input` tokens and whose answer at most `output`: in
    /// the dearest tier that it can fall into, nothing cached or everything, all of it thinking, whichever is dearer.
    pub fn bound(&self, model: &str, channel: &str, input: u64, output: u64, made_at: DateTime<Utc>) -> Priced {
        let Some(period) = self.period(model, channel, made_at) else {
            return Priced { cny: self.default_rates().bound(input, output), known: false };
        };
        // The prompt may turn out shorter than its bound, and a lower tier may be dearer.
        let reachable = period.tiers.partition_point(|tier| tier.until_input.is_some_and(|until| until < input));
        let dearest = period.tiers.iter().take(reachable + 1).map(|tier| tier.rates.bound(input, output)).max();
        Priced { cny: dearest.unwrap_or_default(), known: true }
    }

    /// Whether the table has a price for the model, whatever the channel and the day.
    pub fn knows(&self, model: &str) -> bool {
        self.offers(model).next().is_some()
    }

    fn default_rates(&self) -> Rates {
        let DefaultPrice { input, output } = self.default;
        Rates { input, cached_input: input, output, thinking: output }
    }

    /// The model's own prices, then those of patterns that it fits, the longest first.
    fn offers<'a>(&'a self, model: &str) -> impl Iterator<Item = &'a Offers> {
        let fitting = self.patterns.iter().filter(|(start, _)| model.starts_with(start.as_str()));
        self.exact.get(model).into_iter().chain(fitting.map(|(_, offers)| offers))
    }

    fn period(&self, model: &str, channel: &str, made_at: DateTime<Utc>) -> Option<&Period> {
        let local = made_at.with_timezone(&Shanghai).naive_local();
        self.offers(model).find_map(|offers| {
            let of_channel =
                offers.of_channel.get(channel).and_then(|epochs| holding(epochs, local.date(), local.time()));
            of_channel.or_else(|| holding(&offers.of_all, local.date(), local.time()))
        })
    }
}

fn holding(epochs: &Epochs, date: NaiveDate, time: NaiveTime) -> Option<&Period> {
    let (_, periods) = epochs.range(..=date).next_back()?;
    let inside = periods.iter().find(|period| period.hours.is_some_and(|hours| hours.contain(time)));
    inside.or_else(|| periods.iter().find(|period| period.hours.is_none()))
}

impl Period {
    fn tier(&self, input: u64) -> Tier {
        let place = self.tiers.partition_point(|tier| tier.until_input.is_some_and(|until| until < input));
        // The last tier has no bound, so that there always is one.
        self.tiers[place.min(self.tiers.len() - 1)]
    }
}

impl Rates {
    fn of(row: &PriceRow) -> Self {
        Self {
            input: row.input,
            cached_input: row.cached_input.unwrap_or(row.input),
            output: row.output,
            thinking: row.thinking_output.unwrap_or(row.output),
        }
    }

    fn cost(&self, usage: &Usage) -> Cny {
        let cached = usage.cached_input.min(usage.input);
        let thinking = usage.thinking.min(usage.output);
        amount(&[
            (usage.input - cached, self.input),
            (cached, self.cached_input),
            (usage.output - thinking, self.output),
            (thinking, self.thinking),
        ])
    }

    fn bound(&self, input: u64, output: u64) -> Cny {
        amount(&[(input, self.input.max(self.cached_input)), (output, self.output.max(self.thinking))])
    }
}

fn amount(parts: &[(u64, Cny)]) -> Cny {
    const PER_PRICE: i128 = 1_000_000;
    let nano: i128 = parts.iter().map(|(tokens, rate)| i128::from(*tokens) * i128::from(rate.nano())).sum();
    let rounded_up = nano / PER_PRICE + i128::from(nano % PER_PRICE > 0);
    Cny::from_nano(i64::try_from(rounded_up).unwrap_or(i64::MAX))
}

fn refuse(row: &PriceRow, index: usize, field: &'static str, problem: String, allowed: &'static str) -> PriceError {
    PriceError { row: index, model: row.model.clone(), field, problem, allowed }
}

fn check(row: &PriceRow, index: usize) -> Result<(), PriceError> {
    let before_star = row.model.strip_suffix('*').unwrap_or(&row.model);
    if row.model.is_empty() || before_star.contains('*') {
        let problem = format!("{:?} names no model", row.model);
        return Err(refuse(row, index, "model", problem, "a model's name, or its beginning and one * at the end"));
    }
    if row.until_input == Some(0) {
        return Err(refuse(row, index, "until_input", "is 0".to_owned(), "1 token or more, or none"));
    }
    let prices = [
        ("input", Some(row.input)),
        ("cached_input", row.cached_input),
        ("output", Some(row.output)),
        ("thinking_output", row.thinking_output),
    ];
    match prices.into_iter().find(|(_, price)| price.is_some_and(|price| price < Cny::ZERO)) {
        Some((field, _)) => {
            Err(refuse(row, index, field, "is negative".to_owned(), "yuan per million tokens, 0 or more"))
        }
        None => Ok(()),
    }
}

fn add(periods: &mut Vec<Period>, row: &PriceRow, index: usize) -> Result<(), PriceError> {
    let tier = Tier { until_input: row.until_input, rates: Rates::of(row) };
    if let Some(period) = periods.iter_mut().find(|period| period.hours == row.hours) {
        if period.tiers.iter().any(|other| other.until_input == row.until_input) {
            let problem = format!("a second price from {} on for the same tier and hours", row.from);
            return Err(refuse(row, index, "from", problem, "one row for each model, channel, day, tier and hours"));
        }
        period.tiers.push(tier);
        return Ok(());
    }
    let overlapping = periods.iter().filter_map(|period| period.hours.zip(row.hours)).find(|(a, b)| a.overlap(*b));
    if let Some((other, hours)) = overlapping {
        let problem = format!("{hours} overlap {other}");
        return Err(refuse(row, index, "hours", problem, "hours that do not overlap, half-open"));
    }
    periods.push(Period { hours: row.hours, tiers: vec![tier] });
    Ok(())
}

/// Every hour and every length of a prompt has a price.
fn complete(periods: &mut [Period], row: &PriceRow, index: usize) -> Result<(), PriceError> {
    if periods.iter().all(|period| period.hours.is_some()) {
        let problem = format!("nothing says what the other hours cost from {} on", row.from);
        return Err(refuse(row, index, "hours", problem, "one row without hours beside those with"));
    }
    for period in periods.iter_mut() {
        if period.tiers.iter().all(|tier| tier.until_input.is_some()) {
            let problem = format!("nothing says what longer prompts cost from {} on", row.from);
            return Err(refuse(row, index, "until_input", problem, "one row without until_input beside those with"));
        }
        period.tiers.sort_by_key(|tier| tier.until_input.unwrap_or(u64::MAX));
    }
    Ok(())
}
