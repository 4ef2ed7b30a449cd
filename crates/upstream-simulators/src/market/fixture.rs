//! Real bars: 000001.SZ from 1991 on, out of a folder with fixtures.

use std::{fs, path::Path};

use anyhow::{Context, bail};
use chrono::NaiveDate;
use market_model::{Board, Code};

use super::{
    event::Event,
    listing::{FactorStep, Fundamentals, Halt, Identity, Listing, PackedBar, ShareCount},
    model::Market,
    name_history,
    sessions::Sessions,
};

const BARS: &str = "rustdx/sz000001.day.csv";
const EVENTS: &str = "rustdx/gbbq_selected.csv";
const CODE: &str = "000001.SZ";

impl Market {
    /// Real bars of 000001.SZ, 1991 to 2021, from a fixtures folder; `Ok(None)` where the folder does not hold them.
    ///
    /// `pre_close` follows from the corporate actions by the exchange's formula, rounded half up to 0.01. Trading days
    /// are the days with a bar, and ex-dates without one: those are whole-day suspensions, and the event applies to the
    /// next bar.
    ///
    /// # Errors
    ///
    /// If a file is there but cannot be read or understood.
    pub fn from_fixture(dir: &Path) -> anyhow::Result<Option<Self>> {
        let (bars, events) = (dir.join(BARS), dir.join(EVENTS));
        if !bars.exists() || !events.exists() {
            return Ok(None);
        }
        let read = |path: &Path| fs::read_to_string(path).with_context(|| format!("read {}", path.display()));
        let bars = parse_bars(&read(&bars)?).with_context(|| format!("parse {}", bars.display()))?;
        let records = parse_records(&read(&events)?).with_context(|| format!("parse {}", events.display()))?;
        assemble(&bars, &records).map(Some)
    }
}

/// A line of the bars file: prices in ticks.
struct RealBar {
    date: NaiveDate,
    prices: [u32; 4],
    volume: u64,
    amount: u64,
}

fn parse_bars(text: &str) -> anyhow::Result<Vec<RealBar>> {
    let mut bars = Vec::new();
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let [date, open, high, low, close, volume, amount] = fields[..] else { bail!("not seven fields: `{line}`") };
        bars.push(RealBar {
            date: NaiveDate::parse_from_str(date, "%Y%m%d").with_context(|| format!("date `{date}`"))?,
            prices: [scaled(open, 100.0)?, scaled(high, 100.0)?, scaled(low, 100.0)?, scaled(close, 100.0)?],
            volume: volume.parse().with_context(|| format!("volume `{volume}`"))?,
            amount: amount.parse().with_context(|| format!("amount `{amount}`"))?,
        });
    }
    if !bars.is_sorted_by(|a, b| a.date < b.date) || bars.is_empty() {
        bail!("the bars are not in ascending order");
    }
    Ok(bars)
}

/// A line of the corporate actions: four numbers whose meaning depends on the category.
struct Record {
    date: NaiveDate,
    category: u32,
    values: [f64; 4],
}

fn parse_records(text: &str) -> anyhow::Result<Vec<Record>> {
    let mut records = Vec::new();
    for line in text.lines().skip(1).filter(|line| line.starts_with("0,000001,")) {
        let fields: Vec<&str> = line.split(',').collect();
        let [_, _, date, category, a, b, c, d] = fields[..] else { bail!("not eight fields: `{line}`") };
        let number = |text: &str| text.parse::<f64>().with_context(|| format!("number `{text}`"));
        records.push(Record {
            date: NaiveDate::parse_from_str(date, "%Y%m%d").with_context(|| format!("date `{date}`"))?,
            category: category.parse().with_context(|| format!("category `{category}`"))?,
            values: [number(a)?, number(b)?, number(c)?, number(d)?],
        });
    }
    records.sort_by_key(|record| record.date);
    Ok(records)
}

fn assemble(bars: &[RealBar], records: &[Record]) -> anyhow::Result<Market> {
    let (first, last) = (bars[0].date, bars[bars.len() - 1].date);
    // Rights that ended before the first bar or begin after the last one move no price in between.
    let ex_rights: Vec<&Record> =
        records.iter().filter(|record| record.category == 1 && record.date > first && record.date <= last).collect();
    let mut days: Vec<NaiveDate> = bars.iter().map(|bar| bar.date).collect();
    days.extend(ex_rights.iter().map(|record| record.date));
    days.sort_unstable();
    days.dedup();
    let sessions = Sessions::exactly(days);

    let mut listing = blank(first)?;
    let traded = |session: &u16| bars.binary_search_by_key(&sessions.date(*session), |bar| bar.date).is_ok();
    let untraded = (0..sessions.len() as u16).filter(|session| !traded(session));
    listing.halts = untraded.map(|session| Halt { first: session, last: session }).collect();
    listing.events = ex_rights.iter().filter_map(|record| Some(event(record, sessions.index(record.date)?))).collect();
    listing.shares = share_counts(records, &sessions);
    replay(&mut listing, bars, &sessions);
    let mut listings = vec![listing];
    name_history::christen(&mut listings, &sessions, 0, false);
    Ok(Market::assemble(0, sessions, listings))
}

/// Gives every bar its reference price and every ex-date its factor.
fn replay(listing: &mut Listing, bars: &[RealBar], sessions: &Sessions) {
    let mut events = listing.events.clone().into_iter().peekable();
    let mut reference = bars[0].prices[0];
    listing.first_reference = reference;
    let mut factor = 1.0;
    for bar in bars {
        let Some(session) = sessions.index(bar.date) else { continue };
        while let Some(event) = events.next_if(|event| event.session <= session) {
            let before = reference;
            reference = event.reference(before);
            factor *= f64::from(before) / f64::from(reference);
            listing.steps.push(FactorStep { session: event.session, factor });
        }
        let [open, high, low, close] = bar.prices;
        let (volume, amount) = (bar.volume, bar.amount);
        listing.bars.push(PackedBar { session, open, high, low, close, pre_close: reference, volume, amount });
        reference = close;
    }
}

fn event(record: &Record, session: u16) -> Event {
    let [cash, rights_price, bonus, rights] = record.values;
    let thousandths = |value: f64| (value * 1000.0).round() as u32;
    Event {
        session,
        cash: thousandths(cash),
        bonus: thousandths(bonus),
        bonus_from_profit: 0,
        rights: thousandths(rights),
        rights_price: (rights_price * 100.0).round() as u32,
        two_lines: false,
    }
}

/// The counts after each change, from 万股; other categories than 1 hold float and total after the change.
fn share_counts(records: &[Record], sessions: &Sessions) -> Vec<ShareCount> {
    let mut counts: Vec<ShareCount> = Vec::new();
    let changes = records.iter().filter(|record| matches!(record.category, 2 | 3 | 5 | 9) && record.values[3] > 0.0);
    for change in changes {
        let session = sessions.first_from(change.date).min(sessions.len() - 1) as u16;
        let shares = |ten_thousands: f64| (ten_thousands * 1e4).round() as u64;
        counts.push(ShareCount { session, total: shares(change.values[3]), float: shares(change.values[2]) });
    }
    if counts.is_empty() {
        counts.push(ShareCount { session: 0, total: 48_500_200, float: 26_500_000 });
    }
    counts
}

fn blank(listed: NaiveDate) -> anyhow::Result<Listing> {
    let code: Code = CODE.parse().context("code of the fixture")?;
    Ok(Listing {
        id: Identity {
            code,
            board: Board::Main,
            name: "平安银行".to_owned(),
            initials: "PAYH".to_owned(),
            area: "深圳",
            industry: "银行",
            special_treatment: false,
            listed,
            delisted: None,
            paused: false,
        },
        names: Vec::new(),
        listing_session: Some(0),
        bars: Vec::new(),
        halts: Vec::new(),
        partial_halts: Vec::new(),
        events: Vec::new(),
        steps: Vec::new(),
        shares: Vec::new(),
        first_reference: 0,
        base_factor: 10_000,
        fundamentals: Fundamentals { profit: 2e10, sales: 1e11, book: 2e11, free_part: 0.42 },
        salt: 2,
    })
}

fn scaled(text: &str, by: f64) -> anyhow::Result<u32> {
    let value: f64 = text.parse().with_context(|| format!("number `{text}`"))?;
    Ok((value * by).round() as u32)
}
