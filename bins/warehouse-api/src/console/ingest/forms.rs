//! The forms.

use maud::{Markup, html};
use operator_console::{Visit, ui};

use crate::routes::admin_ingest::{backfill_request, work};

/// One fetch from one source.
pub(super) fn run(visit: &Visit) -> Markup {
    let language = visit.language;
    let body = html! {
        form.fields method="post" action="/console/ingest/run" {
            (visit.csrf())
            label {
                (language.say("Source and data set", "数据源与数据集"))
                select name="what" required {
                    @for (source, datasets) in work::sources() {
                        @for dataset in datasets { option value={ (source) "/" (dataset) } { (source) " · " (dataset) } }
                    }
                }
            }
            label {
                (language.say("Trading day (of daily; empty: the last one that is over)", "交易日（日线；留空为最近已结束的交易日）"))
                input type="date" name="date";
            }
            label {
                (language.say("Quarter (of fundamentals)", "季度（财务数据）"))
                input type="text" name="period" placeholder="2025Q3" autocomplete="off";
            }
            label {
                (language.say("Series (of macro; empty: all)", "序列（宏观数据；留空为全部）"))
                input type="text" name="series" placeholder="china_cpi_yearly" autocomplete="off";
            }
            button.primary type="submit" { (language.say("Fetch", "采集")) }
        }
    };
    ui::panel(language.say("Fetch from a source", "从数据源采集"), body)
}

/// The rules, on some days or all.
pub(super) fn check(visit: &Visit) -> Markup {
    let language = visit.language;
    let body = html! {
        form.fields method="post" action="/console/ingest/check" {
            (visit.csrf())
            label {
                (language.say("Days, separated by commas", "日期，以逗号分隔"))
                input type="text" name="dates" placeholder="2026-04-29, 2026-04-30" autocomplete="off";
            }
            label.check {
                input type="checkbox" name="all" value="true";
                (language.say("The whole history instead", "改为检查全部历史"))
            }
            button.primary type="submit" { (language.say("Run the checks", "执行检查")) }
        }
        p.hint { (language.say("Every publish of market data is checked without it; this is for after a change of the rules.", "每次发布行情数据都会自动检查；此处用于规则变更之后。")) }
    };
    ui::panel(language.say("Check", "检查"), body)
}

/// Whole histories.
pub(super) fn backfill(visit: &Visit) -> Markup {
    let language = visit.language;
    let confirm = language.say("Start this backfill? It may take hours.", "开始历史回补？可能需要数小时。");
    let body = html! {
        form.fields method="post" action="/console/ingest/backfill" data-confirm=(confirm) {
            (visit.csrf())
            label {
                (language.say("Source", "数据源"))
                select name="source" required { @for source in backfill_request::SOURCES { option value=(source) { (source) } } }
            }
            label { (language.say("First day", "起始日")) input type="date" name="from" required; }
            label {
                (language.say("Last day (empty: the last one that is over)", "结束日（留空为最近已结束的交易日）"))
                input type="date" name="to";
            }
            label {
                (language.say("Codes, separated by commas (empty: every listed one)", "代码，以逗号分隔（留空为全部上市代码）"))
                input type="text" name="codes" placeholder="600519.SH, 000001.SZ" autocomplete="off";
            }
            button.primary type="submit" { (language.say("Start the backfill", "开始回补")) }
        }
        p.hint { (language.say("It goes on where it stopped, whatever happens to the worker.", "无论采集进程发生什么，都会从中断处继续。")) }
    };
    ui::panel(language.say("Backfill whole histories", "回补完整历史"), body)
}
