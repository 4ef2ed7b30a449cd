//! What holds for every code: right data raise no alarm, a day alone is judged as it is among all, and no value
//! whatever makes a rule panic.

use chrono::NaiveDate;
use market_model::{ChainBar, CorporateAction, FactorChain, Limit, PriceRules, Tick, ex_right_reference, limit_prices};
use proptest::prelude::*;

use super::*;
use crate::{
    ActionRow, BarRow, DayLimit, Severity,
    testing::{Sample, is_weekday, served},
};

/// One trading day of a generated share.
#[derive(Debug, Clone)]
struct Day {
    /// Where between the limits the four prices lie, from 0 to 1: first, last, lowest and highest.
    prices: [f64; 4],
    volume: i64,
    is_halted: bool,
    /// Cash in percent of the price, and bonus shares per 10.
    event: Option<(f64, f64)>,
    /// Whether TDX has the day, too.
    is_in_tdx: bool,
}

fn days() -> impl Strategy<Value = Vec<Day>> {
    let event = prop_oneof![
        9 => Just(None),
        1 => (0u32..20, 0u32..100).prop_map(|(cash, bonus)| Some((f64::from(cash), f64::from(bonus) / 10.0))),
    ];
    let day = (
        [0.0..=1.0, 0.0..=1.0, 0.0..=1.0, 0.0..=1.0],
        0i64..90_000_000,
        prop::bool::weighted(0.1),
        event,
        any::<bool>(),
    )
        .prop_map(|(prices, volume, is_halted, event, is_in_tdx)| Day {
            prices,
            volume,
            is_halted,
            event,
            is_in_tdx,
        });
    prop::collection::vec(day, 1..40)
}

/// A main-board share that trades by the rules from `first` on, as Tushare and TDX would send it.
fn share(first: NaiveDate, is_st: bool, days: &[Day]) -> Sample {
    let mut sample = Sample::parse("day  close\n2020-01-02  10.00");
    let action = |ex_date, (cash_per_10, bonus_per_10)| CorporateAction {
        code: sample.code,
        ex_date,
        announced: None,
        cash_per_10,
        bonus_per_10,
        rights_per_10: 0.0,
        rights_price: 0.0,
    };
    let dates = first.iter_days().filter(|date| is_weekday(*date));
    let (mut rows, mut close, mut pending) = (Vec::new(), 20.0, Vec::new());
    let (mut actions, mut limits, mut halts) = (Vec::new(), Vec::new(), Vec::new());
    let complete: Vec<NaiveDate> = dates.take(days.len()).collect();
    for (date, day) in complete.iter().zip(days) {
        if let Some((percent, bonus)) = day.event {
            let cash: f64 = percent / 10.0 * close;
            let event = action(*date, ((cash * 100.0).round() / 100.0, bonus));
            actions.push(ActionRow { action: event.clone(), source: 0 });
            actions.push(ActionRow { action: event.clone(), source: 1 });
            pending.push(event);
        }
        if day.is_halted {
            halts.push(*date);
            continue;
        }
        let reference = pending.drain(..).fold(close, |close, event| ex_right_reference(close, &[event]).unwrap());
        let limit = PriceRules::limit_on(market_model::Board::Main, is_st, *date, None);
        let (down, up) = limit_prices(reference, limit, Tick::CENT).unwrap_or((reference * 0.7, reference * 1.3));
        if limit != Limit::None {
            limits.push(DayLimit { date: *date, up, down });
        }
        let mut prices = day.prices.map(|place| {
            let (down, up) = (Tick::CENT.count_of(down), Tick::CENT.count_of(up));
            Tick::CENT.price_of(down + ((up - down) as f64 * place) as i64)
        });
        prices.sort_by(f64::total_cmp);
        let [low, one, other, high] = prices;
        let (open, last) = if day.volume % 2 == 0 { (one, other) } else { (other, one) };
        let amount = ((low + high) / 2.0 * day.volume as f64).round();
        let row = BarRow {
            date: *date,
            open,
            high,
            low,
            close: last,
            pre_close: reference,
            volume: day.volume,
            amount,
            factor: f64::NAN,
            source: 1,
            raw_id: 1,
            raw_row: rows.len() as i32,
        };
        if day.is_in_tdx {
            let lots = row.volume / 100 * 100;
            rows.push(BarRow { pre_close: f64::NAN, amount: f64::from(amount as f32), volume: lots, source: 0, ..row });
        }
        rows.push(row);
        close = last;
    }
    let of_tushare: Vec<&BarRow> = rows.iter().filter(|row| row.source == 1).collect();
    let bars: Vec<ChainBar> = of_tushare
        .iter()
        .map(|row| ChainBar { date: row.date, close: row.close, pre_close: Some(row.pre_close), vendor_factor: None })
        .collect();
    let chain = FactorChain::from_pre_close(&bars, None, |_, _| false).unwrap();
    sample.curated = of_tushare.iter().zip(chain.factors()).map(|(row, (_, factor))| served(row, *factor)).collect();
    for (row, bar) in rows.iter_mut().filter(|row| row.source == 1).zip(&sample.curated) {
        row.factor = (bar.factor * 108_031.0).round() / 1000.0;
    }
    (sample.rows, sample.actions, sample.limits, sample.suspended) = (rows, actions, limits, halts);
    sample.calendar = market_model::TradingCalendar::from_days(
        first.iter_days().take(days.len() * 2).map(|date| (date, is_weekday(date))),
    );
    sample.listed = first.checked_sub_days(chrono::Days::new(200));
    sample.complete_days = complete.into_iter().collect();
    sample.names =
        vec![crate::NameSpan { from: sample.listed.unwrap(), until: None, special_treatment: is_st, delisting: false }];
    sample
}

fn first_day() -> impl Strategy<Value = NaiveDate> {
    // From before there were limits to after the rules of 2026.
    prop_oneof![Just("1996-11-20"), Just("2012-05-02"), Just("2026-06-10")].prop_map(|day| day.parse().unwrap())
}

/// Values that no price has.
fn no_price() -> impl Strategy<Value = f64> {
    prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY), Just(0.0), Just(-1.0)]
}

/// Those, and some that are hardly better.
fn any_value() -> impl Strategy<Value = f64> {
    prop_oneof![no_price(), Just(f64::MAX), Just(f64::MIN_POSITIVE), 1.0..100.0]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_share_that_trades_by_the_rules_raises_no_alarm(first in first_day(), is_st: bool, days in days()) {
        let sample = share(first, is_st, &days);
        let found = sample.findings(check_code, Days::All);
        let alarms: Vec<_> = found.iter().filter(|finding| {
            // Before there were limits, a wild day is for somebody to look at.
            finding.severity > Severity::Info && finding.check != "anomaly_large_move"
        }).collect();
        prop_assert!(alarms.is_empty(), "{alarms:#?}");
        let errors = found.iter().filter(|finding| finding.severity == Severity::Error).count();
        prop_assert_eq!(errors, 0);
        sample.assert_days_alone_agree(check_code, &found);
    }

    #[test]
    fn no_value_makes_a_rule_panic_and_a_day_alone_is_judged_as_among_all(
        days in days(),
        slips in prop::collection::vec((any::<prop::sample::Index>(), 0..11usize, any_value(), any::<bool>()), 1..8),
    ) {
        let mut sample = share("2012-05-02".parse().unwrap(), false, &days);
        prop_assume!(!sample.curated.is_empty());
        for (at, column, value, of_row) in slips {
            let (row, bar) = (at.index(sample.rows.len()), at.index(sample.curated.len()));
            if of_row {
                let row = &mut sample.rows[row];
                let columns = [
                    &mut row.open, &mut row.high, &mut row.low, &mut row.close, &mut row.pre_close, &mut row.amount,
                    &mut row.factor,
                ];
                match columns.into_iter().nth(column) {
                    Some(place) => *place = value,
                    None => row.volume = value as i64,
                }
            } else {
                let bar = &mut sample.curated[bar];
                let columns = [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close, &mut bar.factor];
                match columns.into_iter().nth(column) {
                    Some(place) => *place = value,
                    None => bar.volume = value as i64,
                }
            }
        }
        let found = sample.findings(check_code, Days::All);
        sample.assert_days_alone_agree(check_code, &found);
        prop_assert_eq!(&found, &sample.findings(check_code, Days::All), "twice the same");
        // Rule, code, day and subject identify a finding.
        let mut ids: Vec<_> = found.iter().map(|finding| (finding.check, finding.trade_date, &finding.subject)).collect();
        ids.sort_unstable();
        let all = ids.len();
        ids.dedup();
        prop_assert_eq!(ids.len(), all);
        for finding in &found {
            prop_assert_eq!(finding.code, Some(sample.code));
            prop_assert!(crate::rule(finding.check).is_some());
            prop_assert!(!finding.message.is_empty() && finding.details.is_object());
        }
    }

    #[test]
    fn a_price_that_is_none_is_always_reported(days in days(), at: prop::sample::Index, column in 0..4usize, value in no_price()) {
        let mut sample = share("2012-05-02".parse().unwrap(), false, &days);
        prop_assume!(!sample.rows.is_empty());
        let row = at.index(sample.rows.len());
        let row = &mut sample.rows[row];
        *[&mut row.open, &mut row.high, &mut row.low, &mut row.close][column] = value;
        let (date, source) = (row.date, sample.sources[usize::from(row.source)].clone());
        let found = sample.findings(check_code, Days::All);
        let is_it = |finding: &&Finding| finding.check == "nonpositive_price" && finding.trade_date == Some(date);
        prop_assert!(found.iter().filter(is_it).any(|finding| finding.subject == source), "{found:#?}");
    }
}
