//! The bars of a range of days.

use std::collections::BTreeMap;

use gateway_ledger::{DailySpending, SpendingBy};
use maud::Markup;
use operator_console::{
    Language,
    chart::{Bars, BarsColumn, Part},
};
use route_policy::{Cny, Day};

use super::{money::yuan_text, table::shortened};

/// Parts of a bar by name; what is beyond shares one.
const NAMED: usize = 7;
/// Characters of a name.
const NAME: usize = 40;
/// From so many days on, fewer parts are named: every day has a line with a cell for each.
const LONG: usize = 31;
const NAMED_OF_LONG: usize = 3;

/// A bar for every day of the range, also for those on which nothing was spent.
pub(super) fn chart(language: Language, by: SpendingBy, days: (Day, Day), daily: &[DailySpending]) -> Markup {
    let label = match by {
        SpendingBy::Model => language.say("Spend per day by model, ¥", "每日费用（按模型，元）"),
        SpendingBy::Profile => language.say("Spend per day by profile, ¥", "每日费用（按档案，元）"),
        _ => language.say("Spend per day by channel, ¥", "每日费用（按渠道，元）"),
    };
    bars(language, label, days, daily).render(language)
}

fn bars(language: Language, label: &str, (first, last): (Day, Day), daily: &[DailySpending]) -> Bars {
    let days: Vec<Day> =
        std::iter::successors(Some(first), |day| Some(day.next())).take_while(|day| *day <= last).collect();
    let mut sums: BTreeMap<&str, Cny> = BTreeMap::new();
    for line in daily {
        *sums.entry(&line.key).or_default() += line.cny;
    }
    let mut keys: Vec<(&str, Cny)> = sums.into_iter().filter(|(_, sum)| !sum.is_zero()).collect();
    keys.sort_by_key(|(_, sum)| std::cmp::Reverse(*sum));
    let named = if days.len() > LONG { NAMED_OF_LONG } else { NAMED };
    // The last colour is free for one that stands alone.
    let named = if keys.len() == named + 1 { named + 1 } else { named.min(keys.len()) };
    let (named, others) = keys.split_at(named);
    let mut series: Vec<String> = named.iter().map(|(key, _)| name(language, key)).collect();
    if !others.is_empty() {
        series.push(format!("{} {}", others.len(), language.say("others", "项其他")));
    }
    let columns = days.into_iter().map(|day| {
        let of_day = || daily.iter().filter(move |line| line.day == day);
        let of = |key: &str| of_day().filter(|line| line.key == key).map(|line| line.cny).sum::<Cny>();
        let total: Cny = of_day().map(|line| line.cny).sum();
        let mut parts: Vec<Cny> = named.iter().map(|(key, _)| of(key)).collect();
        if !others.is_empty() {
            parts.push(total - parts.iter().copied().sum());
        }
        let parts = parts.into_iter().map(|cny| Part { value: cny.as_f64(), text: yuan_text(cny) });
        BarsColumn { name: day.to_string(), parts: parts.collect(), total: yuan_text(total) }
    });
    Bars { label: label.to_owned(), prefix: "¥", columns: columns.collect(), series }
}

/// As a legend has it: every bar says it again.
fn name(language: Language, key: &str) -> String {
    if key.is_empty() {
        language.say("(no channel asked)", "（未请求渠道）").to_owned()
    } else {
        shortened(key, NAME)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn every_day_has_a_bar_and_what_is_not_named_is_in_it_all_the_same() {
        let line = |day: &str, key: String, yuan| DailySpending {
            day: day.parse().unwrap(),
            key,
            requests: 1,
            cny: Cny::from_yuan(yuan),
        };
        let mut daily: Vec<_> = (0..10).map(|n| line("2026-11-21", format!("c{n}"), 10 - n)).collect();
        daily.push(line("2026-11-23", "c9".to_owned(), 100));
        let bars = bars(Language::English, "spend", (day("2026-11-21"), day("2026-11-23")), &daily);
        assert_eq!(bars.series, ["c9", "c0", "c1", "c2", "c3", "c4", "c5", "3 others"]);
        let totals: Vec<_> = bars.columns.iter().map(|column| (column.name.as_str(), column.total.as_str())).collect();
        assert_eq!(totals, [("2026-11-21", "¥55"), ("2026-11-22", "¥0"), ("2026-11-23", "¥100")]);
        let first: Vec<_> = bars.columns[0].parts.iter().map(|part| part.text.as_str()).collect();
        assert_eq!(first, ["¥1", "¥10", "¥9", "¥8", "¥7", "¥6", "¥5", "¥9"]);
    }

    #[test]
    fn five_channels_are_all_named_also_over_a_quarter_of_a_year_there_are_but_few() {
        let daily: Vec<_> = (0..5)
            .map(|n| DailySpending {
                day: day("2026-11-21"),
                key: format!("c{n}"),
                requests: 1,
                cny: Cny::from_yuan(1),
            })
            .collect();
        let week = bars(Language::English, "spend", (day("2026-11-17"), day("2026-11-23")), &daily);
        assert_eq!(week.series.len(), 5);
        let quarter = bars(Language::English, "spend", (day("2026-08-24"), day("2026-11-23")), &daily);
        assert_eq!((quarter.columns.len(), quarter.series.last().unwrap().as_str()), (92, "2 others"));
    }
}
