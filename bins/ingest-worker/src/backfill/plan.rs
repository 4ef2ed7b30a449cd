//! What a run has to do, written down before its first request.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use market_model::{Code, HistoryEstimate, HistoryPace, Instrument, TradingCalendar, estimate_histories};
use serde::{Deserialize, Serialize};
use warehouse::{Listing, is_whole_market};

/// A run of `backfill_history`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// The id of the job that began it.
    pub(crate) job_id: String,
    /// The vendor.
    pub(crate) source: String,
    /// First day wanted.
    pub(crate) from: NaiveDate,
    /// Last day wanted, as asked.
    pub(crate) to: NaiveDate,
    /// Last day whose bars were final when the run was planned; nothing newer is fetched.
    pub(crate) until: NaiveDate,
    /// Codes that were named; without them it is about the whole market.
    pub(crate) named: Option<Vec<String>>,
    /// The codes, ascending.
    pub(crate) codes: Vec<Code>,
    /// What it will cost.
    pub(crate) estimate: HistoryEstimate,
    /// When it was planned.
    pub(crate) planned_at: DateTime<Utc>,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wish {
    pub(crate) job_id: String,
    pub(crate) source: String,
    pub(crate) from: NaiveDate,
    pub(crate) to: NaiveDate,
    pub(crate) named: Option<Vec<String>>,
}

impl Plan {
    /// Plans: the named codes, or every share that was listed on a day of the range. Those that are delisted are asked for
    /// too, for a market without its dead is biased towards the survivors; where the vendor has dropped them it says so.
    ///
    /// `newest` is the newest day whose bars are final.
    ///
    /// # Errors
    /// A named code that is none.
    pub(crate) fn make(
        wish: Wish,
        listings: &[Listing],
        calendar: &TradingCalendar,
        pace: HistoryPace,
        newest: NaiveDate,
        now: DateTime<Utc>,
    ) -> Result<Self, String> {
        let Wish { job_id, source, from, to, named } = wish;
        let until = newest.min(to);
        let mut codes = match &named {
            Some(named) => named
                .iter()
                .map(|text| text.parse::<Code>().map_err(|error| error.to_string()))
                .collect::<Result<Vec<_>, _>>()?,
            None => {
                listings.iter().filter(|one| traded_within(one, from, until)).map(|one| one.instrument.code).collect()
            }
        };
        codes.sort_unstable();
        codes.dedup();
        let known: HashMap<Code, &Instrument> =
            listings.iter().map(|one| (one.instrument.code, &one.instrument)).collect();
        let instruments = codes.iter().map(|code| known.get(code).copied());
        let estimate = estimate_histories(instruments, calendar, pace, (from, until), newest);
        Ok(Self { job_id, source, from, to, until, named, codes, estimate, planned_at: now })
    }

    /// Whether so few codes were named that committing them as a batch is cheaper than building a new base.
    pub(crate) fn is_small(&self) -> bool {
        const SMALL: usize = 32;
        self.named.is_some() && self.codes.len() <= SMALL
    }
}

fn traded_within(listing: &Listing, from: NaiveDate, until: NaiveDate) -> bool {
    let instrument = &listing.instrument;
    is_whole_market(&instrument.code)
        && instrument.listed.is_some_and(|listed| listed <= until)
        && instrument.delisted.is_none_or(|delisted| delisted > from)
}

#[cfg(test)]
mod tests {
    use market_model::{Instrument, InstrumentKind, ListStatus};

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn listing(code: &str, listed: Option<&str>, delisted: Option<&str>) -> Listing {
        let code: Code = code.parse().unwrap();
        let instrument = Instrument {
            code,
            kind: InstrumentKind::of_code(&code).unwrap(),
            board: None,
            name: code.to_string(),
            listed: listed.map(day),
            delisted: delisted.map(day),
            renamed_from: None,
        };
        Listing { instrument, status: ListStatus::Listed }
    }

    fn wish(named: Option<&[&str]>) -> Wish {
        let named = named.map(|codes| codes.iter().map(|code| (*code).to_owned()).collect());
        Wish { job_id: "b#1".into(), source: "tdx".into(), from: day("2020-01-01"), to: day("2024-12-31"), named }
    }

    fn plan(wish: Wish) -> Result<Plan, String> {
        let listings = [
            listing("600519.SH", Some("2001-08-27"), None),
            listing("000001.SZ", Some("1991-04-03"), None),
            listing("000003.SZ", Some("1991-01-14"), Some("2002-06-14")),
            listing("600001.SH", Some("1998-01-22"), Some("2020-06-29")),
            listing("301999.SZ", Some("2024-03-01"), None),
            listing("920999.BJ", None, None),
            listing("000300.SH", Some("2005-04-08"), None),
        ];
        Plan::make(
            wish,
            &listings,
            &TradingCalendar::default(),
            HistoryPace::tdx(10.0),
            day("2024-01-31"),
            DateTime::UNIX_EPOCH,
        )
    }

    #[test]
    fn the_dead_are_in_it_and_what_never_traded_in_the_range_is_not() {
        let plan = plan(wish(None)).unwrap();
        let codes: Vec<&str> = plan.codes.iter().map(Code::as_str).collect();
        assert_eq!(codes, ["000001.SZ", "600001.SH", "600519.SH"]);
        assert_eq!((plan.until, plan.to), (day("2024-01-31"), day("2024-12-31")));
        assert!(!plan.is_small());
    }

    #[test]
    fn named_codes_are_taken_at_their_word_once_each() {
        let named = plan(wish(Some(&["600519.SH", "000300.SH", "600519.SH"]))).unwrap();
        let codes: Vec<&str> = named.codes.iter().map(Code::as_str).collect();
        assert_eq!(codes, ["000300.SH", "600519.SH"]);
        assert!(named.is_small());
        assert!(plan(wish(Some(&["600519"]))).unwrap_err().contains("no exchange suffix"));
    }
}
