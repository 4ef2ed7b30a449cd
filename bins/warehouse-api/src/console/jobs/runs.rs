//! What the ingest worker does, and did last, by its own report.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use daemon_kit::problem::Problem;
use maud::{Markup, html};
use operator_console::{
    Language,
    ui::{self, Level, ago, badge, lasting, moment},
};
use warehouse::{FinishedJob, StatusFile};

use crate::{
    app::App,
    console::words::{count, text_or_absent},
    failure,
};

/// So many finished runs are listed.
const LISTED: usize = 20;

/// Which columns of finished runs are figures.
const FIGURES: [usize; 2] = [2, 4];

/// The last report.
pub(in crate::console) async fn status(app: &Arc<App>) -> Result<Option<StatusFile>, Problem> {
    let reader = app.reader.clone();
    tokio::task::spawn_blocking(move || reader.status()).await.map_err(|panic| failure::panicked(&panic))
}

/// What runs, and what ran.
pub(super) fn panels(language: Language, now: DateTime<Utc>, status: Option<&StatusFile>) -> Markup {
    let Some(status) = status else {
        let text = language.say("The ingest side has never reported.", "采集端从未报告。");
        return ui::panel(language.say("Ingest worker", "采集进程"), ui::empty(text));
    };
    html! {
        (ui::panel(language.say("Running in the ingest worker", "采集进程正在运行"), running(language, now, status)))
        (ui::panel(language.say("Finished last", "最近完成"), finished(language, status)))
    }
}

fn running(language: Language, now: DateTime<Utc>, status: &StatusFile) -> Markup {
    let columns = [language.say("Job", "任务"), language.say("Id", "编号"), language.say("Since", "开始于")];
    html! {
        p.hint {
            (language.say("Reported", "报告于")) " " (ago(language, (now - status.updated_at).num_seconds()))
            @if status.unpublished { " · " (language.say("something is committed that no generation holds yet", "有已提交但尚未发布的数据")) }
        }
        @if status.running_jobs.is_empty() {
            (ui::empty(language.say("Nothing runs.", "没有运行中的任务。")))
        } @else {
            div.table-wrap {
                table.grid {
                    caption.visually-hidden { (language.say("Jobs in progress", "进行中的任务")) }
                    thead { tr { @for column in columns { th scope="col" { (column) } } } }
                    tbody {
                        @for job in &status.running_jobs {
                            tr {
                                th scope="row" { (job.kind) @if job.kind == "backfill_history" { " " (progress(language, status)) } }
                                td data-label=(columns[1]) { code.mono { (job.job_id) } }
                                td data-label=(columns[2]) {
                                    span { (moment(job.started_at)) " " span.hint { (lasting(language, (now - job.started_at).num_seconds())) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn progress(language: Language, status: &StatusFile) -> Markup {
    html! {
        @if let Some(backfill) = &status.backfill {
            a href="/console/ingest" {
                (count(backfill.codes_done)) " / " (count(backfill.codes_total)) " " (language.say("codes", "个代码"))
            }
        }
    }
}

fn finished(language: Language, status: &StatusFile) -> Markup {
    let columns = [
        language.say("Job", "任务"),
        language.say("Outcome", "结果"),
        language.say("Rows", "行数"),
        language.say("Ended", "结束于"),
        language.say("Took", "用时"),
        language.say("Message", "说明"),
    ];
    html! {
        @if status.recent_runs.is_empty() {
            (ui::empty(language.say("No job has finished yet.", "尚无完成的任务。")))
        } @else {
            div.table-wrap {
                table.grid {
                    caption.visually-hidden { (language.say("Jobs that finished last", "最近完成的任务")) }
                    thead { tr {
                        @for (place, column) in columns.iter().enumerate() { th.num[FIGURES.contains(&place)] scope="col" { (column) } }
                    } }
                    tbody { @for run in status.recent_runs.iter().take(LISTED) { (row(language, columns, run)) } }
                }
            }
        }
    }
}

fn row(language: Language, columns: [&str; 6], run: &FinishedJob) -> Markup {
    let level = if run.outcome == "ok" { Level::Ok } else { Level::Bad };
    let took = (run.finished_at - run.started_at).num_milliseconds().max(0);
    html! {
        tr {
            th scope="row" { (run.kind) " " code.hint { (run.job_id) } }
            td data-label=(columns[1]) { (badge(level, &run.outcome)) }
            td.num data-label=(columns[2]) { (count(run.rows)) }
            td data-label=(columns[3]) { (moment(run.finished_at)) }
            td.num data-label=(columns[4]) { (format!("{}.{:03} s", took / 1000, took % 1000)) }
            td data-label=(columns[5]) {
                (text_or_absent(run.message.as_deref().unwrap_or_default(), language.say("it said nothing", "无说明")))
            }
        }
    }
}
