//! Days on which a share's price changes without trade: dividends, bonus and rights issues, and steps of the factor.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use market_model::CorporateAction;
use operator_console::Language;
use warehouse::SourcedAction;

/// Smaller steps of a factor are what binary leaves of none.
const STEP: f64 = 1e-9;

/// What happened before the opening of one day.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Event {
    /// The ex-date, or the day of the step.
    pub(super) date: NaiveDate,
    /// The actions, each with the sources that have it.
    pub(super) actions: Vec<(CorporateAction, Vec<String>)>,
    /// The factor before and after, where it steps.
    pub(super) factor: Option<(f64, f64)>,
}

/// The events of `[from, to]`, ascending: those that sources tell of, and those that only the factor of a bar shows.
/// `factors` are those of the bars, ascending, and may begin before `from`.
pub(super) fn events(
    actions: &[SourcedAction],
    factors: &[(NaiveDate, f64)],
    (from, to): (NaiveDate, NaiveDate),
) -> Vec<Event> {
    let mut by_day: BTreeMap<NaiveDate, Event> = BTreeMap::new();
    let empty = |date| Event { date, actions: Vec::new(), factor: None };
    for SourcedAction { action, source } in actions {
        if !(from..=to).contains(&action.ex_date) {
            continue;
        }
        let event = by_day.entry(action.ex_date).or_insert_with(|| empty(action.ex_date));
        match event.actions.iter_mut().find(|(known, _)| is_same(known, action)) {
            Some((_, sources)) => sources.push(source.clone()),
            None => event.actions.push((action.clone(), vec![source.clone()])),
        }
    }
    for pair in factors.windows(2) {
        let [(bar_before, before), (bar, after)] = [pair[0], pair[1]];
        if (after / before - 1.0).abs() < STEP || !(from..=to).contains(&bar) {
            continue;
        }
        // Trading may have been halted on the ex-date: the factor steps with the first bar after it.
        let told = by_day.range(..=bar).next_back().map(|(day, _)| *day).filter(|day| *day > bar_before);
        let day = told.unwrap_or(bar);
        by_day.entry(day).or_insert_with(|| empty(day)).factor = Some((before, after));
    }
    by_day.into_values().collect()
}

/// Whether both say the same of what is paid, whenever it was announced.
fn is_same(one: &CorporateAction, other: &CorporateAction) -> bool {
    let figures = |action: &CorporateAction| {
        [action.cash_per_10, action.bonus_per_10, action.rights_per_10, action.rights_price].map(f64::to_bits)
    };
    figures(one) == figures(other)
}

impl Event {
    /// What happened, in full.
    pub(super) fn text(&self, language: Language) -> String {
        let mut parts: Vec<String> = self
            .actions
            .iter()
            .map(|(action, sources)| format!("{} ({})", action_text(language, action), sources.join(", ")))
            .collect();
        match self.factor {
            Some((before, after)) if self.actions.is_empty() => {
                let unexplained = language.say("no source tells why", "没有数据源说明原因");
                parts.push(format!("{}; {unexplained}", step_text(language, before, after)));
            }
            Some((before, after)) => parts.push(step_text(language, before, after)),
            None => parts.push(language.say("the factor does not change", "复权因子没有变化").to_owned()),
        }
        parts.join(language.say("; ", "；"))
    }
}

/// `per 10 shares: cash 276.24, 3 bonus shares`; in Chinese `每10股派276.24送转3`.
fn action_text(language: Language, action: &CorporateAction) -> String {
    let CorporateAction { cash_per_10, bonus_per_10, rights_per_10, rights_price, .. } = action;
    let mut parts = Vec::new();
    let mut add = |is_there: bool, english: String, chinese: String| {
        if is_there {
            parts.push(match language {
                Language::English => english,
                Language::Chinese => chinese,
            });
        }
    };
    add(*cash_per_10 != 0.0, format!("cash {cash_per_10}"), format!("派{cash_per_10}"));
    add(*bonus_per_10 != 0.0, format!("{bonus_per_10} bonus shares"), format!("送转{bonus_per_10}"));
    add(
        *rights_per_10 != 0.0,
        format!("{rights_per_10} rights shares at {rights_price}"),
        format!("配{rights_per_10}（配股价{rights_price}）"),
    );
    match language {
        _ if parts.is_empty() => language.say("an action without figures", "没有数值的公告").to_owned(),
        Language::English => format!("per 10 shares: {}", parts.join(", ")),
        Language::Chinese => format!("每10股{}", parts.concat()),
    }
}

fn step_text(language: Language, before: f64, after: f64) -> String {
    format!("{} {before:.6} → {after:.6} (×{:.6})", language.say("factor", "复权因子"), after / before)
}

#[cfg(test)]
mod tests;
