//! `suspend_d`: who does not trade today (`S`), for how long of the day, and who trades again (`R`).

use chrono::NaiveDate;
use market_model::{Code, SuspensionKind};

use crate::{
    json::Json,
    tushare::{
        refusal::Refusal,
        request::Request,
        table::{Column, Row},
        view::View,
    },
};

pub(super) struct SuspendRow {
    code: Code,
    date: NaiveDate,
    kind: SuspensionKind,
    timing: Option<&'static str>,
}

impl SuspendRow {
    fn kind_text(&self) -> &'static str {
        match self.kind {
            SuspensionKind::Suspended => "S",
            SuspensionKind::Resumed => "R",
        }
    }
}

impl Row for SuspendRow {
    const COLUMNS: &'static [Column] =
        &[("ts_code", true), ("trade_date", true), ("suspend_timing", true), ("suspend_type", true)];

    fn key(&self) -> &str {
        self.code.as_str()
    }

    fn date(&self) -> Option<NaiveDate> {
        Some(self.date)
    }

    fn cell(&self, column: &str, out: &mut Json) {
        match column {
            "ts_code" => out.text(self.code.as_str()),
            "trade_date" => out.date(self.date),
            "suspend_type" => out.text(self.kind_text()),
            "suspend_timing" => match self.timing {
                Some(timing) => out.text(timing),
                None => out.null(),
            },
            _ => out.null(),
        }
    }
}

pub(super) fn rows(view: &View<'_>, request: &Request) -> Result<Vec<SuspendRow>, Refusal> {
    let selection = view.select(request, view.publication.suspend_d, false)?;
    let wanted = request.param("suspend_type");
    let row = |(listing, session): (&crate::market::Listing, u16)| {
        let (kind, timing) = view.market.halts_on(listing, session)?;
        Some(SuspendRow { code: listing.id.code, date: view.market.sessions.date(session), kind, timing })
    };
    let rows = selection.listed_days(view.market).filter_map(row);
    Ok(rows.filter(|row| wanted.is_none_or(|wanted| wanted == row.kind_text())).collect())
}
