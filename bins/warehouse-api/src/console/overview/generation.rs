//! The generation that is served, the copy that it may be, and the checks that were made.

use maud::{Markup, html};
use operator_console::{
    Language,
    ui::{self, Level, ago, badge, date, moment},
};
use warehouse::{Generation, ReplicaFile};

use super::facts::Facts;
use crate::{
    console::words::{absent, bytes, count},
    routes::quality_status::replica,
};

/// Three boxes in two columns.
pub(super) fn panels(language: Language, facts: &Facts) -> Markup {
    html! {
        div.columns {
            (ui::panel(language.say("Generation", "数据版本"), generation(language, facts)))
            div {
                (ui::panel(language.say("Served copy", "服务副本"), copy(language, facts)))
                (ui::panel(language.say("Last checks", "最近检查"), checks(language, facts)))
            }
        }
    }
}

fn generation(language: Language, facts: &Facts) -> Markup {
    let Some(generation) = &facts.generation else {
        return ui::empty(language.say("Nothing is published yet.", "尚未发布。"));
    };
    let manifest = generation.manifest();
    let size: u64 = manifest.files().map(|file| file.size).sum();
    let rows: u64 = generation.table_counts().map(|(_, sum)| sum.rows).sum();
    html! {
        dl.facts {
            dt { (language.say("Number", "编号")) } dd { "#" (generation.number()) }
            dt { (language.say("Published", "发布时间")) }
            dd { (moment(generation.published_at())) " " span.hint { (ago(language, (facts.now - generation.published_at()).num_seconds())) } }
            dt { (language.say("Last trading day", "最新交易日")) }
            dd {
                @match generation.last_trade_date() {
                    Some(day) => (date(day)),
                    None => (absent(language.say("no bar is published yet", "尚未发布任何行情"))),
                }
            }
            dt { (language.say("Rows", "行数")) } dd { (count(rows)) }
            dt { (language.say("Files", "文件")) } dd { (count(manifest.files().count() as u64)) ", " (bytes(size)) }
            dt { (language.say("Series file", "序列文件")) } dd { (series(language, generation)) }
            dt { (language.say("Content hash", "内容哈希")) } dd { code { (manifest.logical_hash) } }
        }
        details #generation-tables {
            summary { (language.say("Tables and files", "表与文件")) }
            dl.facts {
                @for (table, sum) in generation.table_counts() {
                    dt { code { (table) } } dd { (count(sum.rows)) " " (language.say("rows", "行")) }
                }
                @for file in manifest.files() {
                    dt { code { (file.name) } } dd { (bytes(file.size)) }
                }
            }
        }
    }
}

fn series(language: Language, generation: &Generation) -> Markup {
    use warehouse::SeriesState;
    match generation.series_state() {
        SeriesState::Mapped => badge(Level::Ok, language.say("serves the bars", "提供日线")),
        SeriesState::NoBase => html! { (language.say("none before the first compaction", "首次压实之前没有")) },
        SeriesState::Degraded { detail } => html! {
            (badge(Level::Warn, language.say("not used", "未使用"))) " " (detail)
        },
    }
}

fn copy(language: Language, facts: &Facts) -> Markup {
    let served = facts.generation.as_ref().map(|generation| (generation.number(), generation.published_at()));
    let known = replica::of(served, facts.status.as_ref(), facts.copy.as_ref(), facts.refusal.clone(), facts.now);
    let (level, name) = match known.state {
        "current" => (Level::Ok, language.say("current", "最新")),
        "behind" => (Level::Warn, language.say("behind", "落后")),
        "refused" => (Level::Bad, language.say("a newer one is refused", "新版本被拒绝")),
        "empty" => (Level::Off, language.say("empty", "空")),
        _ => (Level::Off, language.say("not known", "未知")),
    };
    html! {
        dl.facts {
            dt { (language.say("State", "状态")) } dd { (badge(level, name)) }
            @if let Some(reason) = &known.reason { dt { (language.say("Why", "原因")) } dd { (reason) } }
            dt { (language.say("Newest reported", "已报告的最新版本")) }
            dd {
                @match known.newest_generation {
                    Some(number) => { "#" (number) },
                    None => (absent(language.say("the ingest side has never reported one", "采集端从未报告"))),
                }
            }
            @match &facts.copy {
                Some(copy) => (replica_facts(language, facts, copy)),
                None => {
                    dt { (language.say("Kind", "类型")) }
                    dd { (language.say("the primary's own folder, no replica", "主库自有目录，不是副本")) }
                },
            }
        }
    }
}

fn replica_facts(language: Language, facts: &Facts, copy: &ReplicaFile) -> Markup {
    let never = || absent(language.say("never, as far as the replica knows", "副本没有相关记录"));
    let at = |at| html! { (moment(at)) " " span.hint { (ago(language, (facts.now - at).num_seconds())) } };
    html! {
        dt { (language.say("Brought by", "来源")) } dd { (copy.from) }
        dt { (language.say("Up to date as of", "确认最新于")) } dd { (copy.synced_at.map_or_else(never, at)) }
        dt { (language.say("Every file verified", "全部文件校验于")) } dd { (copy.verified_at.map_or_else(never, at)) }
        dt { (language.say("Received", "接收于")) } dd { (copy.received_at.map_or_else(never, at)) }
        @if let Some(drill) = &copy.last_drill {
            dt { (language.say("Last restore drill", "最近恢复演练")) }
            dd {
                @if drill.passed { (badge(Level::Ok, language.say("passed", "通过"))) }
                @else { (badge(Level::Bad, language.say("failed", "失败"))) }
                " " (at(drill.at))
                @for problem in &drill.problems { br; (problem) }
            }
        }
    }
}

fn checks(language: Language, facts: &Facts) -> Markup {
    let checks = facts.status.as_ref().map(|status| &status.last_checks).filter(|checks| !checks.is_empty());
    let Some(checks) = checks else {
        return ui::empty(language.say("No check has been made yet.", "尚未执行任何检查。"));
    };
    html! {
        dl.facts {
            @for (check, at) in checks {
                dt { code { (check) } }
                dd { (moment(*at)) " " span.hint { (ago(language, (facts.now - *at).num_seconds())) } }
            }
        }
    }
}
