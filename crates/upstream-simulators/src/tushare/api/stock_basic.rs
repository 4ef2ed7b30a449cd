//! `stock_basic`: the list of shares. Without `list_status` only the listed ones come.

use chrono::{Days, NaiveDate};
use market_model::{Board, ListStatus};

use crate::{
    json::Json,
    market::Listing,
    tushare::{
        refusal::Refusal,
        request::Request,
        table::{Column, Row},
        view::View,
    },
};

pub(super) struct StockBasicRow<'a> {
    listing: &'a Listing,
    status: ListStatus,
    /// What it is called today.
    name: &'a str,
}

/// An approved share appears this long before its listing.
const APPROVED_DAYS: u64 = 10;

impl StockBasicRow<'_> {
    fn status_text(&self) -> &'static str {
        match self.status {
            ListStatus::Listed => "L",
            ListStatus::Delisted => "D",
            ListStatus::Paused => "P",
            ListStatus::Approved => "G",
        }
    }

    fn market(&self) -> &'static str {
        match self.listing.id.board {
            Board::Main => "主板",
            Board::ChiNext => "创业板",
            Board::Star => "科创板",
            Board::Bse => "北交所",
        }
    }

    fn exchange(&self) -> &'static str {
        self.listing.id.code.exchange().name()
    }

    /// Shanghai (H) or Shenzhen (S) connect, or neither; by the code, since nothing here depends on it.
    fn connect(&self) -> &'static str {
        let even = self.listing.salt.is_multiple_of(2);
        match self.exchange() {
            "SSE" if even => "H",
            "SZSE" if even => "S",
            _ => "N",
        }
    }

    fn list_date(&self) -> Option<NaiveDate> {
        (self.status != ListStatus::Approved).then_some(self.listing.id.listed)
    }

    fn delist_date(&self) -> Option<NaiveDate> {
        self.listing.id.delisted.filter(|_| self.status == ListStatus::Delisted)
    }
}

impl Row for StockBasicRow<'_> {
    const COLUMNS: &'static [Column] = &[
        ("ts_code", true),
        ("symbol", true),
        ("name", true),
        ("area", true),
        ("industry", true),
        ("fullname", false),
        ("enname", false),
        ("cnspell", true),
        ("market", true),
        ("exchange", false),
        ("curr_type", false),
        ("list_status", false),
        ("list_date", true),
        ("delist_date", false),
        ("is_hs", false),
        ("act_name", true),
        ("act_ent_type", true),
    ];

    fn key(&self) -> &str {
        self.listing.id.code.as_str()
    }

    fn cell(&self, column: &str, out: &mut Json) {
        let id = &self.listing.id;
        match column {
            "ts_code" => out.text(id.code.as_str()),
            "symbol" => out.text(id.code.symbol()),
            "name" => out.text(self.name),
            "area" => out.text(id.area),
            "industry" => out.text(id.industry),
            "fullname" => out.text(&format!("{}{}股份有限公司", id.area, id.name.trim_start_matches(['*', 'S', 'T']))),
            "enname" => out.text(&format!("Simulated {} Co.,Ltd.", id.code.symbol())),
            "cnspell" => out.text(&id.initials),
            "market" => out.text(self.market()),
            "exchange" => out.text(self.exchange()),
            "curr_type" => out.text("CNY"),
            "list_status" => out.text(self.status_text()),
            "list_date" => out.optional_date(self.list_date()),
            "delist_date" => out.optional_date(self.delist_date()),
            "is_hs" => out.text(self.connect()),
            "act_name" => out.text("无实际控制人"),
            "act_ent_type" => out.text("无"),
            _ => out.null(),
        }
    }
}

pub(super) fn rows<'a>(view: &View<'a>, request: &Request) -> Result<Vec<StockBasicRow<'a>>, Refusal> {
    let today = view.today();
    let statuses: Vec<&str> = request.param("list_status").unwrap_or("L").split(',').map(str::trim).collect();
    let is = |name: &str, value: &str| request.param(name).is_none_or(|wanted| wanted == value);
    let market: &'a crate::Market = view.market;
    let rows = market.listings.iter().map(|listing| StockBasicRow {
        listing,
        status: listing.status(today),
        name: listing.name_on(today),
    });
    let shown = rows.filter(|row| {
        let id = &row.listing.id;
        statuses.contains(&row.status_text())
            && id.listed <= today + Days::new(APPROVED_DAYS)
            && is("ts_code", id.code.as_str())
            && is("name", row.name)
            && is("exchange", row.exchange())
            && is("market", row.market())
            && is("is_hs", row.connect())
    });
    Ok(shown.collect())
}
