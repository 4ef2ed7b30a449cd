//! The way of a code's rows: gate, curation, rules.

use std::{collections::BTreeMap, sync::Arc};

use chrono::NaiveDate;
use market_model::DailyBar;
use quality_rules::{ActionRow, BarRow, CuratedBar, Days, Finding, History, Severity, check_code, gate, rule, rules};
use warehouse::{CodeRows, ServedRow, SourcePolicy, curate_in_memory};

use super::{
    vendors::{TDX, TUSHARE},
    world::{CodeData, World},
};

/// A warning or an error, by whoever raised it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Alarm {
    pub(super) rule: &'static str,
    pub(super) date: Option<NaiveDate>,
    pub(super) message: String,
}

/// What became of a code's rows.
pub(super) struct Judged {
    pub(super) alarms: Vec<Alarm>,
    pub(super) served: Vec<ServedRow>,
    rows: Vec<BarRow>,
    curated: Vec<CuratedBar>,
    actions: Vec<ActionRow>,
    /// What the rules found in the whole history, facts too.
    found: Vec<Finding>,
}

/// Lets a code's rows go their way. Facts (findings of severity `info`) are no alarms.
pub(super) fn judge(world: &World, data: &CodeData) -> Judged {
    let mut alarms = Vec::new();
    let names: [Arc<str>; 2] = [TUSHARE.1.into(), TDX.1.into()];
    let mut rows = Vec::new();
    let mut bars: Vec<(Arc<str>, DailyBar)> = Vec::new();
    for vendor in &data.vendors {
        for (position, bar) in accepted(&vendor.bars, &mut alarms).into_iter().enumerate() {
            rows.push(row(bar, vendor.source, position));
            bars.push((Arc::clone(&names[usize::from(vendor.source)]), bar.clone()));
        }
    }
    rows.sort_by_key(|row| (row.date, row.source));
    let order = SourcePolicy::default();
    let all = CodeRows { code: data.code, listed: data.listed, bars: &bars, actions: &data.actions };
    let (served, noticed) = curate_in_memory(&all, &order);
    alarms.extend(noticed.into_iter().filter_map(|found| {
        let info = rule(found.check)?;
        (info.severity > Severity::Info).then_some(Alarm {
            rule: info.code,
            date: Some(found.date),
            message: found.message,
        })
    }));
    let source_of = |name: &str| if name == TUSHARE.1 { TUSHARE.0 } else { TDX.0 };
    let curated = served.iter().map(|row| curated(row, source_of(&row.source))).collect();
    let action =
        |(source, action): &(Arc<str>, _)| ActionRow { action: Clone::clone(action), source: source_of(source) };
    let actions = data.actions.iter().map(action).collect();
    let mut judged = Judged { alarms, served, rows, curated, actions, found: Vec::new() };
    judged.found = judged.check(world, data, Days::All, NaiveDate::MIN);
    judged.alarms.extend(judged.found.iter().filter_map(alarm));
    judged
}

impl Judged {
    /// Whether the rules find about `days` (ascending) alone, given no more than they ask for, what they find about them in the
    /// whole history. A check after a commit judges the days that changed.
    pub(super) fn agrees_with_days_alone(&self, world: &World, data: &CodeData, days: &[NaiveDate]) -> bool {
        let Some(first) = days.first() else { return true };
        let before = self.curated.partition_point(|bar| bar.date < *first).checked_sub(1);
        let since = before.map_or(NaiveDate::MIN, |at| self.curated[at].date);
        let is_about = |found: &&Finding| found.trade_date.is_some_and(|date| days.contains(&date));
        let alone = self.check(world, data, Days::Only(days), since);
        self.found.iter().filter(is_about).eq(alone.iter())
    }

    /// What the rules find about `days`, seeing nothing from before `since`.
    fn check(&self, world: &World, data: &CodeData, days: Days<'_>, since: NaiveDate) -> Vec<Finding> {
        let history = History {
            code: data.code,
            kind: data.kind(),
            board: data.board,
            listed: data.listed,
            delisted: data.delisted,
            names: &data.names,
            rows: &self.rows[self.rows.partition_point(|row| row.date < since)..],
            curated: &self.curated[self.curated.partition_point(|bar| bar.date < since)..],
            actions: &self.actions[self.actions.partition_point(|row| row.action.ex_date < since)..],
            suspended: &data.suspended[data.suspended.partition_point(|day| *day < since)..],
            limits: &data.limits[data.limits.partition_point(|limit| limit.date < since)..],
        };
        let mut found = Vec::new();
        check_code(&world.market(), &history, days, &mut found);
        found
    }
}

/// The rows that pass the gate, ascending, one per day: of two that contradict each other neither, of two equal ones one.
fn accepted<'a>(bars: &'a [DailyBar], alarms: &mut Vec<Alarm>) -> Vec<&'a DailyBar> {
    let mut by_day: BTreeMap<NaiveDate, (&DailyBar, bool)> = BTreeMap::new();
    for bar in bars {
        if let Err(refusal) = gate::bar(bar) {
            let message = format!("{} ({})", refusal.reason, refusal.value);
            alarms.push(Alarm { rule: refusal.rule.code, date: Some(bar.trade_date), message });
            continue;
        }
        let (first, contradicted) = by_day.entry(bar.trade_date).or_insert((bar, false));
        if *first != bar && !*contradicted {
            *contradicted = true;
            let (rule, date) = (rules::duplicate_key::INFO.code, Some(bar.trade_date));
            alarms.push(Alarm { rule, date, message: "two rows of one key".to_owned() });
        }
    }
    by_day.into_values().filter(|(_, contradicted)| !contradicted).map(|(bar, _)| bar).collect()
}

/// `None` for a fact.
pub(super) fn alarm(found: &Finding) -> Option<Alarm> {
    (found.severity > Severity::Info).then(|| Alarm {
        rule: found.check,
        date: found.trade_date,
        message: found.message.clone(),
    })
}

/// A row with its lineage: Tushare answers day by day, TDX code by code.
fn row(bar: &DailyBar, source: u8, position: usize) -> BarRow {
    let days = (bar.trade_date - NaiveDate::MIN).num_days();
    let (raw_id, raw_row) = if source == TUSHARE.0 { (days, 1) } else { (1, position) };
    BarRow {
        date: bar.trade_date,
        open: bar.open,
        high: bar.high,
        low: bar.low,
        close: bar.close,
        pre_close: bar.pre_close.unwrap_or(f64::NAN),
        volume: bar.volume,
        amount: bar.amount.unwrap_or(f64::NAN),
        factor: bar.adj_factor.unwrap_or(f64::NAN),
        source,
        raw_id,
        raw_row: i32::try_from(raw_row).unwrap_or(i32::MAX),
    }
}

fn curated(row: &ServedRow, source: u8) -> CuratedBar {
    let [open, high, low, close] = row.prices;
    CuratedBar {
        date: row.date,
        open,
        high,
        low,
        close,
        volume: row.volume,
        amount: row.amount,
        factor: row.factor,
        source,
    }
}
