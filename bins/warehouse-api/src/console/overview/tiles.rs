//! The figures on top.

use maud::{Markup, html};
use operator_console::{
    Language,
    ui::{self, Level, ago, badge, date, meter, tile},
};

use super::facts::Facts;
use crate::console::words::{absent, bytes, count, counted, percent};

/// All of them, in one row or several.
pub(super) fn tiles(language: Language, facts: &Facts) -> Markup {
    let all = [
        Some(data_up_to(language, facts)),
        Some(sources(language, facts)),
        Some(generation(language, facts)),
        facts.copy.as_ref().map(|_| replica(language, facts)),
        Some(findings(language, facts)),
        Some(quarantine(language, facts)),
        Some(jobs(language, facts)),
        backfill(language, facts),
        Some(disk(language, facts)),
    ];
    ui::tiles(all.into_iter().flatten())
}

fn data_up_to(language: Language, facts: &Facts) -> Markup {
    let last = facts.generation.as_ref().and_then(|generation| generation.last_trade_date());
    let value = match last {
        Some(day) => html! { a href={ "/console/days/" (day) } { (date(day)) } },
        None => absent(language.say("no bar is published yet", "尚未发布任何行情")),
    };
    let withheld = facts.generation.as_ref().map_or(0, |generation| generation.withheld().len());
    let hint = (withheld > 0).then(|| {
        let days = counted(language, withheld as u64, "day withheld", "days withheld", "天暂不发布");
        format!("{days}{}", language.say(", see below", "，见下方"))
    });
    tile(language.say("Data up to", "数据截至"), value, hint.as_deref())
}

fn sources(language: Language, facts: &Facts) -> Markup {
    let (all, overdue) = facts.on_time();
    let value = match (all, overdue) {
        (0, _) => badge(Level::Off, language.say("not reported", "无报告")),
        (_, 0) => badge(Level::Ok, language.say("all on time", "全部按时")),
        _ => badge(Level::Bad, &counted(language, overdue as u64, "overdue", "overdue", "项逾期")),
    };
    let reported = facts.status.as_ref().map(|status| (facts.now - status.updated_at).num_seconds());
    let hint = match reported {
        Some(age) => format!("{} {}", language.say("reported", "报告于"), ago(language, age)),
        None => language.say("the ingest side has never reported", "采集端从未报告").to_owned(),
    };
    tile(language.say("Sources", "数据源"), value, Some(&hint))
}

fn generation(language: Language, facts: &Facts) -> Markup {
    let Some(generation) = &facts.generation else {
        let value = absent(language.say("nothing is published yet", "尚未发布"));
        return tile(language.say("Generation", "数据版本"), value, facts.refusal.as_deref());
    };
    let age = ago(language, (facts.now - generation.published_at()).num_seconds());
    let value = html! {
        "#" (generation.number())
        @if facts.refusal.is_some() { " " (badge(Level::Bad, language.say("newer refused", "新版本被拒"))) }
    };
    tile(language.say("Generation", "数据版本"), value, Some(&format!("{} {age}", language.say("published", "发布于"))))
}

fn replica(language: Language, facts: &Facts) -> Markup {
    let age = facts.copy.as_ref().and_then(|copy| copy.age_seconds(facts.now));
    let value = match age {
        Some(age) => html! { (ui::lasting(language, age)) },
        None => absent(language.say("it was never found up to date", "从未确认与主库一致")),
    };
    let from = facts.copy.as_ref().map(|copy| copy.from.as_str());
    tile(language.say("Replica's age", "副本延迟"), value, from)
}

fn findings(language: Language, facts: &Facts) -> Markup {
    let label = language.say("Open findings", "未处理问题");
    let Some(counts) = &facts.counts else {
        return tile(label, absent(language.say("they are not counted yet", "尚未统计")), None);
    };
    let of = |severity: &str| {
        let open = counts.open.iter().filter(|open| open.severity == severity);
        open.map(|open| open.count).sum::<u64>()
    };
    let value = html! {
        @for (severity, level, (one, many, zh)) in [
            ("error", Level::Bad, ("error", "errors", "个错误")),
            ("warning", Level::Warn, ("warning", "warnings", "个警告")),
            ("info", Level::Info, ("note", "notes", "个提示")),
        ] {
            @let number = of(severity);
            @if number > 0 {
                a href={ "/console/findings?severity=" (severity) } { (badge(level, &counted(language, number, one, many, zh))) } " "
            }
        }
        @if counts.open.is_empty() { (badge(Level::Ok, language.say("none", "无"))) }
    };
    tile(label, value, None)
}

fn quarantine(language: Language, facts: &Facts) -> Markup {
    let value = match &facts.counts {
        Some(counts) => html! { a href="/console/quarantine" { (count(counts.quarantined)) } },
        None => absent(language.say("it is not counted yet", "尚未统计")),
    };
    let hint = language.say("rows that wait for a decision", "待裁决的行");
    tile(language.say("Quarantine", "隔离区"), value, Some(hint))
}

fn jobs(language: Language, facts: &Facts) -> Markup {
    let running = facts.status.as_ref().map(|status| status.running_jobs.as_slice());
    let value = match running {
        Some(jobs) => html! { a href="/console/jobs" { (count(jobs.len() as u64)) } },
        None => absent(language.say("the ingest side has never reported", "采集端从未报告")),
    };
    let hint = running.and_then(|jobs| jobs.first()).map(|job| job.kind.as_str());
    tile(language.say("Ingest jobs running", "运行中的采集任务"), value, hint)
}

fn backfill(language: Language, facts: &Facts) -> Option<Markup> {
    let progress = facts.status.as_ref()?.backfill.as_ref().filter(|progress| !progress.phase.is_over())?;
    let value = html! {
        a href="/console/ingest" { (percent(progress.codes_done + progress.codes_failed, progress.codes_total)) }
    };
    let (done, total) = (count(progress.codes_done), count(progress.codes_total));
    let hint = format!("{} · {done} / {total} {}", progress.source, language.say("codes", "个代码"));
    Some(tile(language.say("Backfill", "历史回补"), value, Some(&hint)))
}

fn disk(language: Language, facts: &Facts) -> Markup {
    let label = language.say("Disk used", "磁盘已用");
    let Some(disk) = facts.disk else {
        return tile(label, absent(language.say("the file system cannot be asked", "无法查询文件系统")), None);
    };
    let used = disk.used_percent();
    let value = html! {
        (format!("{used:.1} %"))
        (meter(label, used, 100.0))
    };
    tile(label, value, Some(&format!("{} {}", bytes(disk.available), language.say("free", "可用"))))
}
