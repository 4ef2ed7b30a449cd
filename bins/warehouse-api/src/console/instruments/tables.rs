//! What stands below a chart: the last bars, the days that are marked, and those that are missing.

use market_model::{Adjust, Code};
use maud::{Markup, html};
use operator_console::{
    Language,
    chart::grouped,
    ui::{Level, badge, date, empty},
};
use warehouse::{Bar, Generation, Missing, MissingReason, known_volume};

use super::{events::Event, series::Series};
use crate::console::words::{absent, count};

/// Bars in the table.
const BARS: usize = 30;
/// Runs of missing days in the list.
const RUNS: usize = 20;
/// Events in the list.
const EVENTS: usize = 20;

/// The newest daily bars, in the basis of the chart.
pub(super) fn last_bars(
    language: Language,
    generation: &Generation,
    code: &Code,
    series: &Series,
    adjust: Adjust,
) -> Markup {
    let titles = [
        language.say("Day", "日期"),
        language.say("Open", "开盘"),
        language.say("High", "最高"),
        language.say("Low", "最低"),
        language.say("Close", "收盘"),
        language.say("Change", "涨跌幅"),
        language.say("Volume, shares", "成交量（股）"),
        language.say("Amount, ¥", "成交额（元）"),
        language.say("Factor", "复权因子"),
        language.say("Source", "数据源"),
    ];
    let anchor = series.anchor.map_or(1.0, |anchor| anchor.factor);
    let price = |value: f64, bar: &Bar| adjust.price(value, bar.factor, anchor);
    let days = &series.days;
    let shown = (0..days.len()).rev().take(BARS);
    html! {
        div.table-wrap {
            table.grid {
                caption.visually-hidden { (language.say("The newest daily bars, the last day first", "最近的日K，最新的在前")) }
                thead { tr { @for (index, title) in titles.iter().enumerate() { th.num[(1..9).contains(&index)] scope="col" { (title) } } } }
                tbody {
                    @for at in shown {
                        @let bar = &days[at];
                        @let before = at.checked_sub(1).map(|before| &days[before]);
                        tr {
                            th scope="row" { (date(bar.date)) }
                            @for (title, value) in titles[1..5].iter().zip([bar.open, bar.high, bar.low, bar.close]) {
                                td.num data-label=(title) { (grouped(price(value, bar), series.decimals)) }
                            }
                            td.num data-label=(titles[5]) {
                                (change(language, price(bar.close, bar), before.map(|before| price(before.close, before))))
                            }
                            td.num data-label=(titles[6]) {
                                @match known_volume(code, bar.volume) {
                                    Some(shares) => (count(shares.unsigned_abs())),
                                    None => (absent(language.say("nobody counts it", "无成交量统计"))),
                                }
                            }
                            td.num data-label=(titles[7]) {
                                @if bar.amount.is_finite() { (grouped(bar.amount, 2)) }
                                @else { (absent(language.say("the source has none", "数据源未提供"))) }
                            }
                            td.num data-label=(titles[8]) { (format!("{:.6}", bar.factor)) }
                            td data-label=(titles[9]) { (generation.source_name(bar.source)) }
                        }
                    }
                }
            }
        }
    }
}

/// How much the close differs from the one before, in the same basis.
fn change(language: Language, close: f64, before: Option<f64>) -> Markup {
    let Some(before) = before.filter(|before| *before != 0.0) else {
        return absent(language.say("there is no bar before", "之前没有K线"));
    };
    let percent = (close / before - 1.0) * 100.0;
    html! { @if percent >= 0.005 { "+" } (grouped(percent, 2)) " %" }
}

/// The marked days in words.
pub(super) fn events(language: Language, events: &[Event]) -> Markup {
    if events.is_empty() {
        return empty(language.say("No ex-date in these days.", "所示区间内没有除权除息。"));
    }
    let (day, what) = (language.say("Ex-date", "除权除息日"), language.say("What happened", "内容"));
    html! {
        div.table-wrap {
            table.grid {
                caption.visually-hidden { (language.say("Ex-dates, the newest first", "除权除息日，最新的在前")) }
                thead { tr { th scope="col" { (day) } th scope="col" { (what) } } }
                tbody {
                    @for event in events.iter().rev().take(EVENTS) {
                        tr {
                            th scope="row" { (date(event.date)) }
                            td data-label=(what) { (event.text(language)) }
                        }
                    }
                }
            }
        }
        @if events.len() > EVENTS {
            p.hint { (language.say("Older ones are marked in the chart: ", "更早的见图中标记：")) (events.len() - EVENTS) }
        }
    }
}

/// Why days have no bar.
pub(super) fn missing(language: Language, missing: &[Missing]) -> Markup {
    if missing.is_empty() {
        return empty(language.say("Every trading day has its bar.", "每个交易日都有K线。"));
    }
    let titles = [
        language.say("From", "自"),
        language.say("To", "至"),
        language.say("Days", "天数"),
        language.say("Why", "原因"),
    ];
    html! {
        div.table-wrap {
            table.grid {
                caption.visually-hidden { (language.say("Days without a bar, the newest first", "没有K线的日期，最新的在前")) }
                thead { tr { @for title in titles { th scope="col" { (title) } } } }
                tbody {
                    @for run in missing.iter().rev().take(RUNS) {
                        tr {
                            th scope="row" { (date(run.from)) }
                            td data-label=(titles[1]) { (date(run.to)) }
                            td.num data-label=(titles[2]) { (run.days) }
                            td data-label=(titles[3]) { (reason(language, run.reason)) }
                        }
                    }
                }
            }
        }
        @if missing.len() > RUNS {
            p.hint { (language.say("Older runs of missing days that are not listed: ", "未列出的更早缺失区间：")) (missing.len() - RUNS) }
        }
    }
}

fn reason(language: Language, reason: MissingReason) -> Markup {
    let (level, text) = match reason {
        MissingReason::Suspended => (Level::Off, language.say("suspended", "停牌")),
        MissingReason::NotYet => (Level::Info, language.say("not ingested yet", "尚未采集")),
        MissingReason::NotListed => (Level::Off, language.say("not listed", "未上市或已退市")),
        MissingReason::Withheld => (Level::Warn, language.say("withheld", "暂不发布")),
        MissingReason::Gap => (Level::Bad, language.say("gap", "缺口")),
    };
    badge(level, text)
}
