//! `dividend`: each payment three times, as proposal (预案), passed (股东大会通过) and implemented (实施). Per share.
//!
//! Only the implemented row has dates. Rights issues are not here. Two payments may share an ex-date.

use chrono::NaiveDate;
use market_model::Code;

use crate::{
    json::Json,
    market::{DividendLine, Schedule, lines},
    tushare::{
        refusal::Refusal,
        request::Request,
        table::{Column, Row},
        view::View,
    },
};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Progress {
    Proposed,
    Passed,
    Implemented,
}

pub(super) struct DividendRow {
    code: Code,
    progress: Progress,
    schedule: Schedule,
    line: DividendLine,
    ex_date: NaiveDate,
    /// Shares before the payment.
    base_shares: u64,
}

impl DividendRow {
    fn is_implemented(&self) -> bool {
        self.progress == Progress::Implemented
    }

    fn implemented(&self, date: NaiveDate) -> Option<NaiveDate> {
        self.is_implemented().then_some(date)
    }

    /// The day from which on the vendor has the row.
    fn visible_from(&self) -> NaiveDate {
        match self.progress {
            Progress::Proposed => self.schedule.announced,
            Progress::Passed => self.schedule.passed,
            Progress::Implemented => self.schedule.implementation_announced,
        }
    }

    /// The dates a call can select by.
    fn date(&self, name: &str) -> Option<NaiveDate> {
        match name {
            "ann_date" => Some(self.schedule.announced),
            "imp_ann_date" => self.implemented(self.schedule.implementation_announced),
            "record_date" => self.implemented(self.schedule.record_date),
            "ex_date" | "pay_date" => self.implemented(self.ex_date),
            "div_listdate" => self.implemented(self.ex_date).filter(|_| self.bonus() > 0),
            "base_date" => self.implemented(self.line.period_end),
            _ => None,
        }
    }

    fn bonus(&self) -> u32 {
        self.line.bonus_from_profit + self.line.bonus_from_reserves
    }
}

impl Row for DividendRow {
    const COLUMNS: &'static [Column] = &[
        ("ts_code", true),
        ("end_date", true),
        ("ann_date", true),
        ("div_proc", true),
        ("stk_div", true),
        ("stk_bo_rate", true),
        ("stk_co_rate", true),
        ("cash_div", true),
        ("cash_div_tax", true),
        ("record_date", true),
        ("ex_date", true),
        ("pay_date", true),
        ("div_listdate", true),
        ("imp_ann_date", true),
        ("base_date", false),
        ("base_share", false),
    ];

    fn key(&self) -> &str {
        self.code.as_str()
    }

    fn cell(&self, column: &str, out: &mut Json) {
        // Thousandths per ten shares are ten-thousandths per share.
        let rate = |part: u32| (part > 0).then_some(i64::from(part));
        match column {
            "ts_code" => out.text(self.code.as_str()),
            "end_date" => out.date(self.line.period_end),
            "div_proc" => out.text(match self.progress {
                Progress::Proposed => "预案",
                Progress::Passed => "股东大会通过",
                Progress::Implemented => "实施",
            }),
            "stk_div" => out.fixed(i64::from(self.bonus()), 4),
            "stk_bo_rate" => out.optional_fixed(rate(self.line.bonus_from_profit), 4),
            "stk_co_rate" => out.optional_fixed(rate(self.line.bonus_from_reserves), 4),
            // After a tax of ten percent, known once the payment is implemented.
            "cash_div" => out.fixed(if self.is_implemented() { i64::from(self.line.cash) * 9 } else { 0 }, 5),
            "cash_div_tax" => out.fixed(i64::from(self.line.cash), 4),
            "base_share" => out.optional_fixed(self.is_implemented().then_some(self.base_shares as i64), 4),
            date => out.optional_date(self.date(date)),
        }
    }
}

const DATES: [&str; 4] = ["ann_date", "record_date", "ex_date", "imp_ann_date"];

pub(super) fn rows(view: &View<'_>, request: &Request) -> Result<Vec<DividendRow>, Refusal> {
    request.require_one_of(&["ts_code", "ann_date", "record_date", "ex_date", "imp_ann_date"])?;
    let mut wanted = Vec::new();
    for name in DATES {
        if let Some(date) = request.date(name)? {
            wanted.push((name, date));
        }
    }
    let selection = view.select(request, view.publication.daily, false)?;
    let today = view.today();
    let mut rows: Vec<DividendRow> = Vec::new();
    for listing in &selection.listings {
        for event in listing.events.iter().rev() {
            let ex_date = view.market.sessions.date(event.session);
            let schedule = Schedule::of(listing, ex_date, &view.market.sessions);
            let base_shares = listing.share_count(event.session.saturating_sub(1)).total;
            for line in lines(event, schedule.period_end) {
                let row =
                    |progress| DividendRow { code: listing.id.code, progress, schedule, line, ex_date, base_shares };
                rows.extend([Progress::Implemented, Progress::Passed, Progress::Proposed].map(row));
            }
        }
    }
    rows.retain(|row| row.visible_from() <= today && wanted.iter().all(|(name, date)| row.date(name) == Some(*date)));
    Ok(rows)
}
