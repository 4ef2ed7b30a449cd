//! Corporate actions and the exchange's ex-right reference price, in whole numbers.

use chrono::NaiveDate;
use market_model::{Code, CorporateAction};

/// One ex-date of one code. Quantities are **per 10 shares**.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Event {
    /// Number of the ex-date among the sessions.
    pub(crate) session: u16,
    /// Cash before tax, thousandths of a yuan.
    pub(crate) cash: u32,
    /// Bonus and transferred shares, thousandths of a share.
    pub(crate) bonus: u32,
    /// The part of `bonus` that is paid out of profits (送股); the rest is transferred from reserves (转增).
    pub(crate) bonus_from_profit: u32,
    /// Rights shares offered, thousandths of a share.
    pub(crate) rights: u32,
    /// Price of a rights share, ticks.
    pub(crate) rights_price: u32,
    /// Whether an annual and an interim dividend share this ex-date, so that the vendor reports two lines.
    pub(crate) two_lines: bool,
}

impl Event {
    /// The ex-right reference after this event, in ticks, from the price before it: rounded half up, as the exchanges
    /// do it, and at least one tick.
    pub(crate) fn reference(&self, price: u32) -> u32 {
        // Numerator in 1e-5 yuan per 10 shares over 1e-3 shares gives ticks without another factor.
        let numerator = i64::from(price) * 10_000 - i64::from(self.cash) * 100
            + i64::from(self.rights) * i64::from(self.rights_price);
        let denominator = 10_000 + i64::from(self.rights) + i64::from(self.bonus);
        let rounded = (2 * numerator + denominator).div_euclid(2 * denominator);
        rounded.max(1) as u32
    }

    /// What `shares` become.
    pub(crate) fn grow(&self, shares: u64) -> u64 {
        let multiple = 10_000 + u128::from(self.rights) + u128::from(self.bonus);
        (u128::from(shares) * multiple / 10_000) as u64
    }

    /// Whether the dividend list has it: a rights issue alone is not a dividend.
    pub(crate) fn is_dividend(&self) -> bool {
        self.cash > 0 || self.bonus > 0
    }

    pub(crate) fn to_action(self, code: Code, ex_date: NaiveDate, announced: NaiveDate) -> CorporateAction {
        CorporateAction {
            code,
            ex_date,
            announced: Some(announced),
            cash_per_10: f64::from(self.cash) / 1000.0,
            bonus_per_10: f64::from(self.bonus) / 1000.0,
            rights_per_10: f64::from(self.rights) / 1000.0,
            rights_price: f64::from(self.rights_price) / 100.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(cash: u32, bonus: u32, rights: u32, rights_price: u32) -> Event {
        Event { session: 0, cash, bonus, bonus_from_profit: 0, rights, rights_price, two_lines: false }
    }

    #[test]
    fn reference_prices_equal_those_of_real_ex_dates() {
        // 600519 on 2011-07-01, 2014-06-25, 2015-07-17 and 2017-07-07.
        assert_eq!(event(23_000, 1_000, 0, 0).reference(21_263), 19_121);
        assert_eq!(event(43_740, 1_000, 0, 0).reference(16_357), 14_472);
        assert_eq!(event(43_740, 1_000, 0, 0).reference(25_159), 22_474);
        assert_eq!(event(67_870, 0, 0, 0).reference(45_598), 44_919);
    }

    #[test]
    fn half_a_tick_rounds_up() {
        assert_eq!(event(50, 0, 0, 0).reference(1000), 1000, "9.995");
        assert_eq!(event(51, 0, 0, 0).reference(1000), 999, "9.9949");
    }

    #[test]
    fn rights_dilute_towards_their_price() {
        assert_eq!(event(0, 0, 3_000, 800).reference(1654), 1457, "(165.4 + 24) / 13 = 14.569");
    }
}
