//! A code's daily history, page by page backwards in time.

use chrono::{DateTime, Days, NaiveDate, Utc};
use market_model::{Code, DailyBar, last_final_day};

use super::bars::{dataset_of, question, too_many_rejected, unit_mismatch};
use crate::{
    Category, Client, Clock, Fetched, RawPage, TdxError,
    inquiry::{Doubt, Inquiry},
    normalize::{DailyRows, UnitFault, Window, daily, layout_of},
    pool::{Fault, Lease},
    question::Spelled,
    wire::{BarRecord, MAX_BARS, decode_bars},
};

/// Bars asked for beyond the working days of the window: the live bar of today, and one for the odd Saturday session.
const SPARE: u64 = 2;

impl Client {
    /// The daily bars of a stock, fund, bond or index from `from` to `to`, both included, ascending: shares and yuan,
    /// unadjusted, without `pre_close` and factor, which TDX does not have.
    ///
    /// Bars of days that are not final yet ([`last_final_day`]) and flat bars of suspended days are left out of `rows`; the
    /// pages hold them. No rows = no trades in the window, or no such code: where a server has no bar at all, a second one
    /// has confirmed it.
    ///
    /// # Errors
    /// [`TdxError::UnitMismatch`] when volume and amount of a page do not fit the prices in any known unit.
    pub async fn daily_bars(&self, code: &Code, from: NaiveDate, to: NaiveDate) -> Result<Fetched<DailyBar>, TdxError> {
        if from > to {
            return Err(TdxError::BadRequest {
                message: format!("the window ends on {to}, before it begins on {from}"),
            });
        }
        // Before the first question, so that a bar that becomes final while we ask is left for the next time.
        let now = self.now();
        let history = History {
            spelled: Spelled::of(code)?,
            window: Window { from, to, last_final_day: last_final_day(code.exchange(), now) },
            page_len: page_len(from, now),
            clock: self.clock(),
        };
        let Pages { pages, bars, .. } = self.inquire(&history).await?;
        match bars {
            Ok(bars) => Ok(Fetched {
                rows: bars.rows,
                rejected: bars.rejected,
                pages,
                suspect_rows: bars.suspect_rows,
                notes: bars.notes,
            }),
            Err(fault) => Err(unit_mismatch(code, fault, pages)),
        }
    }
}

/// How many bars a page asks for: enough for every working day since `from`, so that the daily run asks for a handful and a
/// backfill for full pages.
fn page_len(from: NaiveDate, now: DateTime<Utc>) -> u16 {
    let today = now.date_naive().checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
    let days = u64::try_from((today - from).num_days()).unwrap_or(0) + 1;
    let working_days = days.div_ceil(7) * 5;
    u16::try_from((working_days + SPARE).min(u64::from(MAX_BARS))).unwrap_or(MAX_BARS)
}

struct History {
    spelled: Spelled,
    window: Window,
    page_len: u16,
    clock: Clock,
}

/// A server's pages and what they say.
struct Pages {
    pages: Vec<RawPage>,
    records: usize,
    ends_empty: bool,
    bars: Result<DailyRows, UnitFault>,
}

impl Inquiry for History {
    type Answer = Pages;

    fn dataset(&self) -> &'static str {
        dataset_of(&self.spelled.code)
    }

    fn subject(&self) -> String {
        self.spelled.code.to_string()
    }

    async fn ask(&self, lease: &mut Lease) -> Result<Pages, Fault> {
        let code = &self.spelled.code;
        let layout = layout_of(code);
        let (mut pages, mut records) = (Vec::new(), Vec::new());
        let (mut next, mut reached) = (Some(0_u16), NaiveDate::MAX);
        while let Some(start) = next {
            let question = question(&self.spelled, Category::Day, start, self.page_len);
            let (bars, page) = question.put(lease, &self.clock, |body| decode_bars(body, layout)).await?;
            let is_full = bars.len() >= usize::from(self.page_len);
            // A new bar may move the window by one, so a short last page may repeat the oldest bar. A full one may not.
            if let Some(oldest) = days_of(&bars).min().filter(|_| is_full) {
                if oldest >= reached {
                    return Err(Fault::Implausible(format!("its bars from {start} on are no older than those before")));
                }
                reached = oldest;
            }
            let is_last = !is_full || self.reaches_back(&bars);
            // Beyond 65,535 days nothing can be asked for; that would be 260 years.
            next = start.checked_add(self.page_len).filter(|_| !is_last);
            pages.push(page);
            records.push(bars);
        }
        let ends_empty = records.last().is_none_or(Vec::is_empty);
        let bars = daily(dataset_of(code), code, &records, self.window);
        Ok(Pages { pages, records: records.iter().map(Vec::len).sum(), ends_empty, bars })
    }

    /// An empty last page means no history at all, or one exactly as long as the pages before it.
    fn doubt(&self, answer: &Pages) -> Option<Doubt> {
        match &answer.bars {
            Ok(bars) if !too_many_rejected(bars.rejected.len(), answer.records) => {
                answer.ends_empty.then_some(Doubt::Empty)
            }
            _ => Some(Doubt::Senseless),
        }
    }
}

impl History {
    /// Whether the page has a bar before the window: nothing older is wanted. Servers may descend, so all are looked at.
    fn reaches_back(&self, records: &[BarRecord]) -> bool {
        days_of(records).any(|day| day < self.window.from)
    }
}

fn days_of(records: &[BarRecord]) -> impl Iterator<Item = NaiveDate> {
    records.iter().filter_map(|record| Category::Day.time_of(record.stamp)).map(|time| time.date())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_as_long_as_the_window_needs_and_never_longer_than_allowed() {
        let now = "2026-11-20T10:00:00Z".parse().unwrap();
        for (from, expected) in [
            ("2026-11-20", 7),
            ("2026-11-16", 7),
            ("2026-11-13", 12),
            ("2025-11-20", 267),
            ("1990-12-19", 800),
            ("2027-01-01", 7),
        ] {
            let len = page_len(from.parse().unwrap(), now);
            assert_eq!(len, expected, "{from}");
        }
    }
}
