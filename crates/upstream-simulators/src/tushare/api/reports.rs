//! What the two report interfaces and their `_vip` twins share: which versions of which companies a call selects.

use chrono::NaiveDate;
use market_model::Code;

use crate::{
    market::{Report, periods, versions},
    tushare::{refusal::Refusal, request::Request, view::View},
};

/// Whether a call asks for one company or for all.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// The plain interface: one `ts_code` is needed.
    OneCompany,
    /// The `_vip` twin: a period is enough.
    AllCompanies,
}

/// The selected versions that are out, companies ascending, newest period first, newest version first.
///
/// `announced` = the day that `ann_date`, `start_date` and `end_date` select by.
pub(super) fn selected(
    view: &View<'_>,
    request: &Request,
    reach: Reach,
    announced: fn(&Report) -> NaiveDate,
) -> Result<Vec<(Code, Report)>, Refusal> {
    match reach {
        Reach::OneCompany => request.require_one_of(&["ts_code"])?,
        Reach::AllCompanies => request.require_one_of(&["ts_code", "period", "ann_date"])?,
    }
    let (period, ann_date) = (request.date("period")?, request.date("ann_date")?);
    let (from, to) = request.date_range()?;
    let selection = view.select(request, view.publication.daily, false)?;
    let today = view.today();
    let mut rows = Vec::new();
    for listing in &selection.listings {
        let all: Vec<NaiveDate> = match period {
            Some(period) => vec![period],
            None => periods(listing, today).collect(),
        };
        for period in all.into_iter().rev() {
            let out = versions(listing, period, &view.market.sessions).into_iter().rev();
            let wanted = |report: &Report| {
                let day = announced(report);
                report.announced <= today && ann_date.is_none_or(|wanted| wanted == day) && (from..=to).contains(&day)
            };
            rows.extend(out.filter(wanted).map(|report| (listing.id.code, report)));
        }
    }
    Ok(rows)
}
