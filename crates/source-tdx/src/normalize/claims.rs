//! The finance snapshot → claims.

use chrono::{Datelike as _, NaiveDate};
use market_model::{Code, FundamentalClaim, Metric};

use super::decimal::typed;
use crate::wire::{FinanceRecord, day_of};

/// Shares in the unit of share counts (万股).
const TEN_THOUSAND: f64 = 10_000.0;
/// Yuan in the unit of money (千元).
const THOUSAND: f64 = 1_000.0;

/// The figures of a company's latest report, in yuan and shares; `None` where TDX sends 0, which is how it says "no figure".
#[derive(Debug, Clone, PartialEq)]
pub struct FinanceSnapshot {
    /// The company's share.
    pub code: Code,
    /// Last day of the period: the newest end of a quarter with the report's number of months that is not after `updated`.
    pub period: NaiveDate,
    /// When TDX last changed the figures: on or after the day of publication, so nothing is known too early.
    pub updated: NaiveDate,
    /// First trading day.
    pub listed: Option<NaiveDate>,
    /// Shares that may be traded.
    pub float_shares: Option<f64>,
    /// Shares in issue.
    pub total_shares: Option<f64>,
    /// Shareholders.
    pub shareholders: Option<f64>,
    /// Total assets, yuan.
    pub total_assets: Option<f64>,
    /// Current assets, yuan.
    pub current_assets: Option<f64>,
    /// Current liabilities, yuan.
    pub current_liabilities: Option<f64>,
    /// Net assets, yuan.
    pub net_assets: Option<f64>,
    /// Operating revenue of the period, yuan.
    pub revenue: Option<f64>,
    /// Operating profit of the period, yuan.
    pub operating_profit: Option<f64>,
    /// Operating cash flow of the period, yuan.
    pub operating_cash_flow: Option<f64>,
    /// Profit before tax of the period, yuan.
    pub total_profit: Option<f64>,
    /// Profit after tax, minority interests included, yuan.
    pub net_profit: Option<f64>,
    /// Profit after tax of the parent's shareholders, yuan.
    pub net_profit_parent: Option<f64>,
    /// Undistributed profit, yuan.
    pub undistributed_profit: Option<f64>,
    /// Net assets per share, yuan.
    pub book_value_per_share: Option<f64>,
}

/// Reads a record, or says what is wrong with it.
pub(crate) fn snapshot(code: &Code, record: &FinanceRecord) -> Result<FinanceSnapshot, String> {
    let updated =
        day_of(record.updated_date).ok_or_else(|| format!("updated_date {} is no day", record.updated_date))?;
    let months = record.figures[29];
    let period = period_of(months, updated).ok_or_else(|| format!("a report of {months} months"))?;
    // NaN compares unequal to everything, so it has to be named.
    let figure = |value: f64| (value.is_finite() && value != 0.0).then_some(value);
    let shares = |value: f32| figure(f64::from(value) * TEN_THOUSAND);
    let money = |n: usize| figure(f64::from(record.figures[n]) * THOUSAND);
    Ok(FinanceSnapshot {
        code: *code,
        period,
        updated,
        listed: day_of(record.ipo_date),
        float_shares: shares(record.float_shares),
        total_shares: shares(record.figures[0]),
        shareholders: figure(f64::from(record.figures[11])),
        total_assets: money(7),
        current_assets: money(8),
        current_liabilities: money(12),
        net_assets: money(15),
        revenue: money(16),
        operating_profit: money(19),
        operating_cash_flow: money(21),
        total_profit: money(24),
        net_profit: money(25),
        net_profit_parent: money(26),
        undistributed_profit: money(27),
        book_value_per_share: figure(typed(record.figures[28])),
    })
}

/// The newest end of a quarter after `months` months of its year, not after `updated`.
fn period_of(months: f32, updated: NaiveDate) -> Option<NaiveDate> {
    let (month, day) = [(3, 31), (6, 30), (9, 30), (12, 31)].into_iter().find(|(month, _)| *month as f32 == months)?;
    let end = |year| NaiveDate::from_ymd_opt(year, month, day);
    end(updated.year()).filter(|end| *end <= updated).or_else(|| end(updated.year() - 1))
}

impl FinanceSnapshot {
    /// One claim per figure there is, announced when TDX last changed them.
    pub fn claims(&self) -> Vec<FundamentalClaim> {
        let figures = [
            (Metric::FloatShares, self.float_shares),
            (Metric::TotalShares, self.total_shares),
            (Metric::Shareholders, self.shareholders),
            (Metric::TotalAssets, self.total_assets),
            (Metric::CurrentAssets, self.current_assets),
            (Metric::CurrentLiabilities, self.current_liabilities),
            (Metric::NetAssets, self.net_assets),
            (Metric::Revenue, self.revenue),
            (Metric::OperatingProfit, self.operating_profit),
            (Metric::OperatingCashFlow, self.operating_cash_flow),
            (Metric::TotalProfit, self.total_profit),
            (Metric::NetProfit, self.net_profit),
            (Metric::NetProfitParent, self.net_profit_parent),
            (Metric::UndistributedProfit, self.undistributed_profit),
            (Metric::BookValuePerShare, self.book_value_per_share),
        ];
        figures
            .into_iter()
            .filter_map(|(metric, value)| {
                Some(FundamentalClaim {
                    code: self.code,
                    period: self.period,
                    metric,
                    value: value?,
                    announced: Some(self.updated),
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_period_is_the_newest_quarter_of_that_length_before_the_update() {
        for (months, updated, period) in [
            (12.0, "2026-03-31", Some("2025-12-31")),
            (3.0, "2026-04-29", Some("2026-03-31")),
            (6.0, "2026-08-30", Some("2026-06-30")),
            (9.0, "2026-10-31", Some("2026-09-30")),
            // Long after the report, for example when shares became tradable.
            (9.0, "2026-02-10", Some("2025-09-30")),
            (12.0, "2025-12-31", Some("2025-12-31")),
            (0.0, "2026-03-31", None),
            (4.0, "2026-03-31", None),
            (f32::NAN, "2026-03-31", None),
        ] {
            let found = period_of(months, updated.parse().unwrap()).map(|day| day.to_string());
            assert_eq!(found.as_deref(), period, "{months} {updated}");
        }
    }

    #[test]
    fn a_zero_is_no_figure_and_makes_no_claim() {
        let mut record = FinanceRecord {
            market: 1,
            symbol: *b"600000",
            float_shares: 100.0,
            province: 1,
            industry: 1,
            updated_date: 20_260_331,
            ipo_date: 0,
            figures: [0.0; 30],
        };
        record.figures[16] = -2.0;
        record.figures[24] = f32::NAN;
        record.figures[29] = 12.0;
        let snapshot = snapshot(&"600000.SH".parse().unwrap(), &record).unwrap();
        assert_eq!(snapshot.listed, None);
        let claims: Vec<_> = snapshot.claims().into_iter().map(|claim| (claim.metric, claim.value)).collect();
        assert_eq!(claims, [(Metric::FloatShares, 1e6), (Metric::Revenue, -2000.0)]);
    }
}
