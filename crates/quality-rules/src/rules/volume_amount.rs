//! Volume without amount, or amount without volume.
//!
//! Shares that changed hands were paid for. A row with one and not the other comes from a column that moved, from two
//! halves of different rows, or from a placeholder that a vendor fills half; mean prices, turnover and every check of
//! units break on it. Less than nothing of either is nonsense and an error.
//!
//! **Example.** Volume 52,515,277 shares and amount 0: warning. Volume -300: error.
//!
//! **Not reported.** Amounts that a source does not have at all; indices, currency pairs and foreign codes, whose
//! volumes mean what each vendor likes; an amount of 0 for a handful of shares in data whose amounts are rounded to
//! thousands (the first years of both exchanges: 100 shares at 4.80 are 480 yuan, which is 0 thousand); a volume of 0
//! for less than a lot at a vendor that sends whole lots.

use market_model::InstrumentKind;

use crate::{Days, Finding, History, Market, Origin, RuleInfo, Severity, day_view::Quote};

/// See the module.
pub static INFO: RuleInfo = RuleInfo {
    code: "volume_amount",
    severity: Severity::Warning,
    origin: Origin::Generation,
    title: "Volume without amount, or amount without volume",
};

/// Below this an amount in whole thousands may be 0, yuan.
const THOUSAND: f64 = 1000.0;
/// Fewer shares may be a volume of 0 where a vendor sends whole lots.
const LOT: f64 = 100.0;

pub(crate) fn check(market: &Market<'_>, history: &History<'_>, days: Days<'_>, out: &mut Vec<Finding>) {
    let is_paired = !matches!(history.kind, InstrumentKind::Index | InstrumentKind::Foreign);
    for day in history.judged(days) {
        for quote in day.quotes() {
            let (volume, amount) = (quote.volume(), quote.amount());
            let is_negative = volume < 0 || amount < 0.0 || amount.is_infinite();
            // A NaN is an amount that the source does not have.
            let is_half = is_paired
                && (volume == 0 && amount > 0.0 && !is_below_a_lot(&quote)
                    || volume > 0 && amount == 0.0 && !is_a_handful(&quote));
            if is_negative || is_half {
                let speaker = market.speaker(&quote);
                let message = format!("volume {volume} and amount {amount} ({speaker})");
                let finding = Finding::new(&INFO, message, market.quote(history, &quote));
                let severity = if is_negative { Severity::Error } else { INFO.severity };
                out.push(finding.on(history.code, day.date).about(speaker).as_bad_as(severity));
            }
        }
    }
}

/// So little that an amount in whole thousands is 0.
fn is_a_handful(quote: &Quote<'_>) -> bool {
    let [.., close] = quote.prices();
    quote.volume() as f64 * close < THOUSAND
}

/// So little that a volume in whole lots is 0.
fn is_below_a_lot(quote: &Quote<'_>) -> bool {
    let [.., close] = quote.prices();
    quote.amount() < LOT * close
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn what_changed_hands_was_paid_for() {
        testing::check(
            check,
            "day         source   close  volume  amount
             2024-01-02  tdx      10.00  500     5000
             2024-01-02  tushare  10.00  500     0         <- warning: volume 500 and amount 0 (tushare)
             2024-01-03  tushare  10.00  0       5000      <- warning: volume 0 and amount 5000
             2024-01-04  tushare  10.00  0       0
             2024-01-05  tushare  10.00  500     -
             2024-01-08  tushare  10.00  0       -",
        );
    }

    #[test]
    fn a_volume_in_whole_lots_may_be_none() {
        testing::check(
            check,
            "day         close  volume  amount
             2024-01-02  10.00  0       999
             2024-01-03  10.00  0       1000   <- warning: volume 0 and amount 1000
             2024-01-04  NaN    0       999    <- warning: volume 0 and amount 999",
        );
    }

    #[test]
    fn less_than_nothing_is_an_error_whatever_the_code() {
        testing::check(
            check,
            "code GSPC.IDX
             day         source  close  volume  amount
             2024-01-02  yahoo   10.00  -300    -         <- error: volume -300
             2024-01-03  yahoo   10.00  300     -0.5      <- error: amount -0.5
             2024-01-04  yahoo   10.00  300     inf       <- error: amount
             2024-01-05  yahoo   10.00  300     0
             2024-01-08  yahoo   10.00  0       300",
        );
    }

    #[test]
    fn an_amount_in_whole_thousands_may_be_none() {
        testing::check(
            check,
            "day         close  volume  amount
             1991-06-03  4.80   100     0
             1991-06-04  4.80   300     0        <- warning: volume 300 and amount 0
             1991-06-05  NaN    300     0        <- warning: volume 300 and amount 0
             1991-06-06  10.00  100     0        <- warning: volume 100 and amount 0
             1991-06-07   9.99  100     0
             1991-06-10  NaN    0       0",
        );
    }
}
