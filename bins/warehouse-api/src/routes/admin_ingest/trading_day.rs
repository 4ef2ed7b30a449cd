//! Which day to fetch: one that can have data.

use axum::http::StatusCode;
use chrono::{DateTime, NaiveDate, Utc};
use daemon_kit::problem::Problem;
use market_model::{Exchange, TradingCalendar, bars_final_at, last_final_day};

use crate::shanghai;

/// The mainland's trading day to fetch: the one asked for, if it can have data, or the last one that is over.
///
/// Without a calendar (nothing is published yet) a day must be named, and only the future is refused: trading days are
/// never inferred from weekdays.
pub(super) fn trading_day(
    asked: Option<NaiveDate>,
    calendar: Option<&TradingCalendar>,
    now: DateTime<Utc>,
) -> Result<NaiveDate, Problem> {
    let Some(date) = asked else { return last_day_over(calendar, now) };
    not_in_the_future("date", date, now)?;
    if calendar.and_then(|calendar| calendar.is_open(date)) == Some(false) {
        let nearest = calendar.and_then(|calendar| calendar.previous_open(date));
        let detail = format!("{date} is not a trading day");
        let problem = Problem::invalid("date", detail);
        return Err(match nearest {
            Some(day) => problem.with("previous_trading_day", day.to_string()),
            None => problem,
        });
    }
    if !is_over(date, now) {
        let detail = format!("the trading day {date} is not over: vendors are complete from 15:30 in Shanghai");
        return Err(Problem::invalid("date", detail));
    }
    Ok(date)
}

/// The last day of global bars to fetch: the one asked for, or the newest on which any exchange has closed. What has not
/// closed by then is left out by the worker, exchange by exchange.
pub(super) fn last_global_day(asked: Option<NaiveDate>, now: DateTime<Utc>) -> Result<NaiveDate, Problem> {
    let newest = Exchange::ALL.into_iter().map(|exchange| last_final_day(exchange, now)).max();
    let date = asked.or(newest).unwrap_or_else(|| shanghai::date(now));
    not_in_the_future("date", date, now)?;
    Ok(date)
}

/// Refuses a day after today, by Shanghai's date: no exchange is a day ahead of it.
pub(crate) fn not_in_the_future(field: &'static str, date: NaiveDate, now: DateTime<Utc>) -> Result<(), Problem> {
    let today = shanghai::date(now);
    if date <= today {
        return Ok(());
    }
    Err(Problem::invalid(field, format!("{date} is in the future; it is {today} in Shanghai")))
}

/// The last trading day that is over.
pub(super) fn last_day_over(calendar: Option<&TradingCalendar>, now: DateTime<Utc>) -> Result<NaiveDate, Problem> {
    let today = shanghai::date(now);
    let trades_today = calendar.and_then(|calendar| calendar.is_open(today)) == Some(true);
    if trades_today && is_over(today, now) {
        return Ok(today);
    }
    calendar.and_then(|calendar| calendar.previous_open(today)).ok_or_else(|| {
        let detail = "parameter `date` is required until the trading calendar has been ingested";
        Problem::new(StatusCode::BAD_REQUEST, "missing-parameter", "A parameter is missing", detail).field("date")
    })
}

/// Vendors serve live partial bars before the exchange's close plus its publication delay.
fn is_over(date: NaiveDate, now: DateTime<Utc>) -> bool {
    bars_final_at(Exchange::Sse, date) <= now
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// Thursday 30 April 2026 trades, then Labour Day.
    fn calendar() -> TradingCalendar {
        TradingCalendar::from_days([
            (day("2026-04-29"), true),
            (day("2026-04-30"), true),
            (day("2026-05-01"), false),
            (day("2026-05-02"), false),
            (day("2026-05-06"), true),
        ])
    }

    /// `now` in Shanghai time.
    fn moment(now: &str) -> DateTime<Utc> {
        format!("{now}:00+08:00").parse().unwrap()
    }

    fn chosen(asked: Option<&str>, now: &str) -> Result<String, String> {
        trading_day(asked.map(day), Some(&calendar()), moment(now))
            .map(|date| date.to_string())
            .map_err(|problem| problem.detail().to_owned())
    }

    #[test]
    fn the_default_is_the_last_trading_day_that_is_over() {
        assert_eq!(chosen(None, "2026-04-30T15:29"), Ok("2026-04-29".to_owned()));
        assert_eq!(chosen(None, "2026-04-30T15:30"), Ok("2026-04-30".to_owned()));
        assert_eq!(chosen(None, "2026-05-02T00:10"), Ok("2026-04-30".to_owned()));
    }

    #[test]
    fn a_day_that_cannot_have_data_is_refused() {
        assert_eq!(
            chosen(Some("2026-05-06"), "2026-04-30T18:00").unwrap_err(),
            "2026-05-06 is in the future; it is 2026-04-30 in Shanghai"
        );
        assert_eq!(chosen(Some("2026-05-01"), "2026-05-02T18:00").unwrap_err(), "2026-05-01 is not a trading day");
        assert!(chosen(Some("2026-04-30"), "2026-04-30T12:00").unwrap_err().contains("is not over"));
        assert_eq!(chosen(Some("2026-04-30"), "2026-04-30T16:00"), Ok("2026-04-30".to_owned()));
    }

    #[test]
    fn without_a_calendar_the_day_must_be_named() {
        let now = "2026-04-30T10:00:00Z".parse().unwrap();
        assert_eq!(trading_day(None, None, now).unwrap_err().kind(), "missing-parameter");
        assert_eq!(trading_day(Some(day("2026-04-30")), None, now).unwrap(), day("2026-04-30"));
        assert_eq!(trading_day(Some(day("2026-05-01")), None, now).unwrap_err().kind(), "invalid-parameter");
    }

    #[test]
    fn global_bars_go_up_to_the_newest_close_anywhere() {
        let default = |now: &str| last_global_day(None, moment(now)).unwrap().to_string();
        // The early bird of the evening is the mainland; New York's 30 April closes in Shanghai's next morning.
        assert_eq!(default("2026-04-30T15:29"), "2026-04-29");
        assert_eq!(default("2026-04-30T16:30"), "2026-04-30");
        assert_eq!(default("2026-05-01T06:00"), "2026-04-30");
        let labour_day = last_global_day(Some(day("2026-05-01")), moment("2026-05-01T09:00"));
        assert_eq!(labour_day.unwrap(), day("2026-05-01"), "the mainland's calendar has no say");
        let tomorrow = last_global_day(Some(day("2026-05-02")), moment("2026-05-01T09:00")).unwrap_err();
        assert_eq!(tomorrow.detail(), "2026-05-02 is in the future; it is 2026-05-01 in Shanghai");
    }
}
