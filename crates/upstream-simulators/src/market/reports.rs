//! Companies' quarterly reports: the figures of each version and the day on which it came out.
//!
//! Most reports have one version. Some are corrected on the day itself, so that the vendor holds two of that day; some
//! are restated with the next year's report.

use chrono::{Datelike, Days, NaiveDate};
use market_model::{Code, FundamentalClaim, Metric};

use super::{draw::noise, listing::Listing, model::Market, sessions::Sessions};

/// One version of one report.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Report {
    pub(crate) period: NaiveDate,
    /// When the report came out first.
    pub(crate) first_announced: NaiveDate,
    /// When this version did.
    pub(crate) announced: NaiveDate,
    /// Whether it is the newest of its day; the vendor's `update_flag`.
    pub(crate) is_update: bool,
    figures: Figures,
}

/// Sums in hundredths of a yuan, since January.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Figures {
    revenue: i64,
    profit: i64,
    shares: i64,
    book: i64,
    /// Percent, four decimals; a bank has none.
    gross_margin: Option<i64>,
    /// Ten-thousandths, drawn.
    debt: i64,
    liquidity: i64,
    cash: i64,
    revenue_growth: i64,
    profit_growth: i64,
}

/// The parts of a year's revenue and profit that have come in by the end of each quarter.
const BY_QUARTER: [f64; 4] = [0.22, 0.47, 0.72, 1.0];

/// The ends of quarters on which a company can have reported by `to`, ascending.
pub(crate) fn periods(listing: &Listing, to: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    // The prospectus shows the year before the listing.
    let first_year = listing.id.listed.year() - 1;
    let end = listing.id.delisted.unwrap_or(NaiveDate::MAX).min(to);
    let quarter = |year| [(3, 31), (6, 30), (9, 30), (12, 31)].map(|(m, d)| NaiveDate::from_ymd_opt(year, m, d));
    (first_year..=to.year()).flat_map(quarter).flatten().take_while(move |period| *period < end)
}

/// Every version of a report, in the order in which they came out. Empty for a day that ends no quarter.
pub(crate) fn versions(listing: &Listing, period: NaiveDate, sessions: &Sessions) -> Vec<Report> {
    if !periods(listing, period + Days::new(1)).any(|known| known == period) {
        return Vec::new();
    }
    let draw = |salt: u64| noise(listing.salt, period.num_days_from_ce() as u64, 100 + salt);
    let announced = announced(period, draw(0));
    let version = |announced_version, is_update, stretch| Report {
        period,
        first_announced: announced,
        announced: announced_version,
        is_update,
        figures: figures(listing, period, sessions, stretch),
    };
    match (draw(1) * 10.0) as u32 {
        0 => vec![version(announced, false, 0.98), version(announced, true, 1.0)],
        1 => vec![version(announced, false, 1.0), version(announced + Days::new(180), true, 0.96)],
        // The vendor is not consistent about the flag of an only version.
        kind => vec![version(announced, kind % 2 == 0, 1.0)],
    }
}

/// Reports are due on 30 April (with the annual one), 31 August and 31 October.
fn announced(period: NaiveDate, early: f64) -> NaiveDate {
    let (due, weeks) = match period.month() {
        3 => ((period.year(), 4, 30), 3.0),
        6 => ((period.year(), 8, 31), 6.0),
        9 => ((period.year(), 10, 31), 3.0),
        _ => ((period.year() + 1, 4, 30), 10.0),
    };
    let due = NaiveDate::from_ymd_opt(due.0, due.1, due.2).unwrap_or(period);
    due - Days::new((early * weeks * 7.0) as u64)
}

fn figures(listing: &Listing, period: NaiveDate, sessions: &Sessions, stretch: f64) -> Figures {
    let base = &listing.fundamentals;
    let draw = |salt: u64| noise(listing.salt, period.num_days_from_ce() as u64, 200 + salt);
    let year = |salt: u64| 0.85 + 0.3 * noise(listing.salt, period.year() as u64, 300 + salt);
    let part = BY_QUARTER[(period.month() as usize / 3).clamp(1, 4) - 1];
    let cents = |yuan: f64| (yuan * 100.0).round() as i64;
    let session = sessions.first_from(period).min(sessions.len().saturating_sub(1));
    let drawn = |salt: u64, from: f64, to: f64| ((from + (to - from) * draw(salt)) * 1e4).round() as i64;
    Figures {
        revenue: cents(base.sales * year(0) * part * stretch),
        profit: cents(base.profit * year(1) * part * stretch),
        shares: listing.share_count(session as u16).total as i64,
        book: cents(base.book * (0.9 + 0.1 * part)),
        gross_margin: (noise(listing.salt, 0, 400) > 0.05).then(|| drawn(2, 8.0, 60.0)),
        debt: drawn(3, 20.0, 75.0),
        liquidity: drawn(4, 0.8, 3.5),
        cash: drawn(5, 0.5, 1.6),
        revenue_growth: drawn(6, -20.0, 40.0),
        profit_growth: drawn(7, -60.0, 90.0),
    }
}

impl Report {
    /// A figure as a whole number and its decimals; `None` where the report has none.
    pub(crate) fn figure(&self, metric: Metric) -> Option<(i64, u32)> {
        let f = &self.figures;
        let money = |cents: i64| Some((cents, 2));
        // Hundredths of a yuan over shares, with four decimals.
        let per_share = |cents: i64| Some(((i128::from(cents) * 100 / i128::from(f.shares.max(1))) as i64, 4));
        let percent = |part: i64, whole: i64| {
            Some(((i128::from(part) * 1_000_000 / i128::from(whole).max(1)) as i64, 4)).filter(|_| whole > 0)
        };
        let drawn = |scaled: i64| Some((scaled, 4));
        match metric {
            Metric::Eps | Metric::EpsDiluted => per_share(f.profit),
            Metric::BookValuePerShare => per_share(f.book),
            Metric::OperatingCashFlowPerShare => per_share(f.profit / 100 * (f.cash / 100)),
            Metric::RevenuePerShare => per_share(f.revenue),
            Metric::CapitalReservePerShare => per_share(f.book / 3),
            Metric::GrossMargin => f.gross_margin.and_then(drawn),
            Metric::NetMargin => percent(f.profit, f.revenue),
            Metric::ReturnOnEquity => percent(f.profit, f.book),
            Metric::ReturnOnEquityWeighted => percent(f.profit, f.book - f.profit / 2),
            Metric::ReturnOnEquityDeducted => percent(f.profit / 10 * 9, f.book),
            Metric::ReturnOnAssets => percent(f.profit, f.book * 2),
            Metric::DebtToAssets => drawn(f.debt),
            Metric::CurrentRatio => drawn(f.liquidity),
            Metric::RevenueGrowth => drawn(f.revenue_growth),
            Metric::NetProfitGrowth => drawn(f.profit_growth),
            Metric::TotalRevenue => money(f.revenue + f.revenue / 500),
            Metric::Revenue => money(f.revenue),
            Metric::OperatingProfit => money(f.profit + f.profit / 6),
            Metric::TotalProfit => money(f.profit + f.profit / 5),
            Metric::NetProfit => money(f.profit + f.profit / 40),
            Metric::NetProfitParent => money(f.profit),
            _ => None,
        }
    }
}

impl Market {
    /// What a company's reports of one period say, as of a day: of each figure and day of publication its last version,
    /// by metric and day. Empty for an unknown code and for a day that ends no quarter.
    pub fn fundamentals(&self, code: &Code, period: NaiveDate, as_of: NaiveDate) -> Vec<FundamentalClaim> {
        let Some(listing) = self.listing(code) else { return Vec::new() };
        let mut claims: Vec<FundamentalClaim> = Vec::new();
        for report in versions(listing, period, &self.sessions).iter().filter(|report| report.announced <= as_of) {
            let announced = Some(report.announced);
            for metric in Metric::ALL {
                let Some((scaled, decimals)) = report.figure(*metric) else { continue };
                // The nearest number to the decimal text, which is what a reader of the text gets.
                let value = format!("{scaled}e-{decimals}").parse().unwrap_or_default();
                claims.retain(|claim| claim.metric != *metric || claim.announced != announced);
                claims.push(FundamentalClaim { code: *code, period, metric: *metric, value, announced });
            }
        }
        claims.sort_by_key(|claim| (claim.metric, claim.announced));
        claims
    }

    /// The ends of the quarters on which a company has reported by a day, ascending.
    pub fn reported_periods(&self, code: &Code, as_of: NaiveDate) -> Vec<NaiveDate> {
        let Some(listing) = self.listing(code) else { return Vec::new() };
        let out = |period: &NaiveDate| versions(listing, *period, &self.sessions).iter().any(|r| r.announced <= as_of);
        periods(listing, as_of).filter(out).collect()
    }
}
