//! How far the backfill is that runs, or how the last one ended.

use chrono::{DateTime, Utc};
use maud::{Markup, html};
use operator_console::{
    Language,
    ui::{self, Level, ago, badge, lasting, moment},
};
use warehouse::{BackfillPhase, BackfillProgress, StatusFile};

use crate::console::words::{absent, count, percent};

/// One that is not over and silent for so many seconds has probably stopped.
const SILENT_S: i64 = 300;

/// The box; a sentence where there never was one.
pub(super) fn panel(language: Language, now: DateTime<Utc>, status: Option<&StatusFile>) -> Markup {
    let title = language.say("Backfill", "历史回补");
    match status.and_then(|status| status.backfill.as_ref()) {
        Some(progress) => ui::panel(title, body(language, now, progress)),
        None => ui::panel(title, ui::empty(language.say("None was ever reported.", "尚无历史回补记录。"))),
    }
}

fn body(language: Language, now: DateTime<Utc>, progress: &BackfillProgress) -> Markup {
    let BackfillProgress { codes_done, codes_total, codes_failed, .. } = *progress;
    let over = codes_done + codes_failed;
    let silent = progress.updated_at.map(|at| (now - at).num_seconds()).filter(|_| !progress.phase.is_over());
    html! {
        p {
            (phase(language, progress.phase)) " "
            (progress.source) " " code.mono { (progress.id) }
            @if silent.is_some_and(|age| age > SILENT_S) { " " (badge(Level::Warn, language.say("silent, it may have stopped", "长时间无报告，可能已停止"))) }
        }
        @if codes_total > 0 {
            p {
                progress max=(codes_total) value=(over.min(codes_total)) aria-label=(language.say("Codes done or given up", "已完成或放弃的代码")) {}
                " " (percent(over, codes_total))
            }
        }
        dl.facts {
            dt { (language.say("Codes", "代码")) }
            dd {
                (count(codes_done)) " / "
                @if codes_total > 0 { (count(codes_total)) } @else { (absent(language.say("it is not planned yet", "尚未制定计划"))) }
                @if codes_failed > 0 { " " (badge(Level::Bad, &format!("{} {}", count(codes_failed), language.say("given up", "个放弃")))) }
            }
            dt { (language.say("Bars", "日线")) } dd { (count(progress.rows)) }
            dt { (language.say("Requests", "请求")) }
            dd { (count(progress.requests_done)) " / " (language.say("about", "约")) " " (count(progress.requests_total_estimate)) }
            dt { (language.say("Began", "开始于")) }
            dd {
                @match progress.started_at {
                    Some(at) => (moment(at)),
                    None => (absent(language.say("it does not say", "没有记录"))),
                }
            }
            @if let Some(at) = progress.updated_at {
                dt { (language.say("Reported", "报告于")) } dd { (ago(language, (now - at).num_seconds())) }
            }
            @if let Some(left) = progress.eta_s.filter(|_| !progress.phase.is_over()) {
                dt { (language.say("Will probably take", "预计还需")) } dd { (lasting(language, i64::try_from(left).unwrap_or(i64::MAX))) }
            }
            @if !progress.message.is_empty() {
                dt { (language.say("Message", "说明")) } dd { (progress.message) }
            }
        }
    }
}

fn phase(language: Language, phase: BackfillPhase) -> Markup {
    match phase {
        BackfillPhase::Planning => badge(Level::Info, language.say("planning", "计划中")),
        BackfillPhase::Fetching => badge(Level::Info, language.say("fetching", "采集中")),
        BackfillPhase::Assembling => badge(Level::Info, language.say("assembling", "组装中")),
        BackfillPhase::Done => badge(Level::Ok, language.say("done", "完成")),
        BackfillPhase::Failed => badge(Level::Bad, language.say("failed", "失败")),
        BackfillPhase::Unknown => badge(Level::Off, language.say("unknown", "未知")),
    }
}
