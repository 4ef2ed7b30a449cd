//! 0x0010: the snapshot of a company's last report that is out. Money is in 千元.

use chrono::{Datelike, NaiveDate};
use market_model::{Code, Metric};

use super::View;
use crate::{
    market::{Listing, Report, noise, periods, versions},
    tdx::{
        series::Security,
        wire::{self, Finance, nothing},
    },
};

pub(super) fn snapshot(view: &View<'_>, code: Option<&Code>, body: &mut Vec<u8>) -> usize {
    let security = view.security(code);
    let (Some(Security::Share(listing)), Some(symbol)) = (security, security.and_then(|security| security.symbol()))
    else {
        return nothing(body);
    };
    let Some(report) = last_report(view, listing) else { return nothing(body) };
    wire::finance(body, symbol, &finance(view, listing, &report));
    1
}

/// The newest version of the newest period that is out.
fn last_report(view: &View<'_>, listing: &Listing) -> Option<Report> {
    let today = view.moment.now.date();
    let recent: Vec<NaiveDate> = periods(listing, today).collect();
    let out = |period: &NaiveDate| {
        versions(listing, *period, &view.market.sessions).into_iter().rfind(|report| report.announced <= today)
    };
    recent.iter().rev().find_map(out)
}

fn finance(view: &View<'_>, listing: &Listing, report: &Report) -> Finance {
    let shares = listing.share_count(view.moment.newest().unwrap_or(0));
    let draw = |number: u64| noise(listing.salt, report.period.num_days_from_ce() as u64, 500 + number);
    let told = |metric: Metric| {
        let (scaled, decimals) = report.figure(metric).unwrap_or((0, 0));
        scaled as f64 / 10f64.powi(decimals as i32)
    };
    let (revenue, profit) = (told(Metric::Revenue), told(Metric::NetProfitParent));
    let net_assets_per_share = told(Metric::BookValuePerShare);
    let net_assets = net_assets_per_share * shares.total as f64;
    let assets = net_assets / (1.0 - told(Metric::DebtToAssets) / 100.0);
    let debts = assets - net_assets;
    let thousands = |yuan: f64| (yuan / 1e3) as f32;
    let ten_thousands = |shares: f64| (shares / 1e4) as f32;
    let total = shares.total as f64;
    let figures = [
        ten_thousands(total),
        // Shares by holder: state, founders, companies, B, H, employees.
        ten_thousands(total * 0.2),
        ten_thousands(total * 0.1),
        ten_thousands(total * 0.05),
        0.0,
        0.0,
        0.0,
        // Assets: all, current, fixed, intangible.
        thousands(assets),
        thousands(assets * 0.6),
        thousands(assets * 0.25),
        thousands(assets * 0.03),
        // Holders of shares, a count.
        (20_000.0 + 200_000.0 * draw(0)).round() as f32,
        // Debts: current, long-term.
        thousands(debts * 0.7),
        thousands(debts * 0.3),
        thousands(net_assets * 0.4),
        thousands(net_assets),
        thousands(revenue),
        thousands(revenue * 0.3),
        // Receivables.
        thousands(revenue * 0.1),
        thousands(told(Metric::OperatingProfit)),
        thousands(profit * 0.05),
        // Cash flow: of operations, in all. Then inventory.
        thousands(profit * 1.1),
        thousands(profit * 0.3),
        thousands(revenue * 0.15),
        thousands(told(Metric::TotalProfit)),
        thousands(told(Metric::NetProfit)),
        thousands(profit),
        thousands(net_assets * 0.3),
        net_assets_per_share as f32,
        report.period.month() as f32,
    ];
    Finance {
        float_shares: ten_thousands(shares.float as f64),
        province: 1 + (listing.salt % 31) as u16,
        industry: 1 + (listing.salt % 60) as u16,
        updated: report.announced,
        listed: listing.id.listed,
        figures,
    }
}
