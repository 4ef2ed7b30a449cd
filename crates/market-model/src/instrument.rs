//! What is listed, where and since when.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{Code, Exchange, is_special_treatment};

/// What sort of thing a code names. A-share rules apply to [`InstrumentKind::AShare`] only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstrumentKind {
    /// A mainland share in yuan.
    AShare,
    /// A mainland share in foreign currency.
    BShare,
    /// An index.
    Index,
    /// A fund or ETF.
    Fund,
    /// A bond, convertible or not.
    Bond,
    /// Anything listed abroad, and currency pairs.
    Foreign,
}

impl InstrumentKind {
    /// Every kind with its text in the warehouse and the API.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::AShare, "a_share"),
        (Self::BShare, "b_share"),
        (Self::Index, "index"),
        (Self::Fund, "fund"),
        (Self::Bond, "bond"),
        (Self::Foreign, "foreign"),
    ];

    /// The text in the warehouse and the API, `a_share` …
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, text)| text)
    }

    /// The inverse of [`InstrumentKind::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, t)| *t == text).map(|(kind, _)| *kind)
    }

    /// What a code names, judged by its number range and exchange alone. `None` where the range is not assigned.
    pub fn of_code(code: &Code) -> Option<Self> {
        let symbol = code.symbol();
        let starts = |prefixes: &[&str]| prefixes.iter().any(|p| symbol.starts_with(p));
        Some(match code.exchange() {
            Exchange::Sse if starts(&["60", "68"]) => Self::AShare,
            Exchange::Sse if starts(&["900"]) => Self::BShare,
            Exchange::Sse if starts(&["000", "880", "881", "999"]) => Self::Index,
            Exchange::Sse if starts(&["50", "51", "52", "56", "58"]) => Self::Fund,
            Exchange::Sse if starts(&["01", "10", "11", "12", "13"]) => Self::Bond,
            Exchange::Szse if starts(&["000", "001", "002", "003", "30"]) => Self::AShare,
            Exchange::Szse if starts(&["200", "201"]) => Self::BShare,
            Exchange::Szse if starts(&["399"]) => Self::Index,
            Exchange::Szse if starts(&["15", "16", "18"]) => Self::Fund,
            Exchange::Szse if starts(&["10", "11", "12"]) => Self::Bond,
            Exchange::Bse if starts(&["899"]) => Self::Index,
            Exchange::Bse if starts(&["43", "83", "87", "92"]) => Self::AShare,
            Exchange::Sse | Exchange::Szse | Exchange::Bse => return None,
            Exchange::Hkex | Exchange::Us | Exchange::Fx => Self::Foreign,
            Exchange::Index => Self::Index,
        })
    }
}

/// The market segment of a mainland share, which decides its limits, tick and lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Board {
    /// Shanghai or Shenzhen main board (主板).
    Main,
    /// ChiNext (创业板), Shenzhen 300/301/302.
    #[serde(rename = "chinext")]
    ChiNext,
    /// STAR (科创板), Shanghai 688/689.
    Star,
    /// Beijing (北交所).
    Bse,
}

impl Board {
    /// Every board with its text in the warehouse and the API.
    pub const ALL: [(Self, &'static str); 4] =
        [(Self::Main, "main"), (Self::ChiNext, "chinext"), (Self::Star, "star"), (Self::Bse, "bse")];

    /// The text in the warehouse and the API.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(board, _)| *board == self).map_or("", |(_, text)| text)
    }

    /// The inverse of [`Board::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, t)| *t == text).map(|(board, _)| *board)
    }

    /// The board of a mainland share by its number range; `None` for anything but an A-share.
    pub fn of_code(code: &Code) -> Option<Self> {
        if InstrumentKind::of_code(code) != Some(InstrumentKind::AShare) {
            return None;
        }
        let symbol = code.symbol();
        Some(match code.exchange() {
            Exchange::Bse => Self::Bse,
            Exchange::Sse if symbol.starts_with("68") => Self::Star,
            Exchange::Szse if symbol.starts_with("30") => Self::ChiNext,
            _ => Self::Main,
        })
    }
}

/// Tushare's `list_status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListStatus {
    /// Listed.
    Listed,
    /// Delisted.
    Delisted,
    /// Listing paused.
    Paused,
    /// Approved, not listed yet.
    Approved,
}

/// One listed (or once listed) thing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Instrument {
    /// Today's code.
    pub code: Code,
    /// What it is.
    pub kind: InstrumentKind,
    /// The board, for A-shares.
    pub board: Option<Board>,
    /// Its name at the time of the fetch, for example `贵州茅台` or `*ST 海润`.
    pub name: String,
    /// First trading day.
    pub listed: Option<NaiveDate>,
    /// First day without trading after the last one.
    pub delisted: Option<NaiveDate>,
    /// The code it traded under before (BSE 43/83/87 → 920).
    pub renamed_from: Option<Code>,
}

impl Instrument {
    /// Whether it was listed on `date`: from the listing day on, up to the day before delisting.
    pub fn is_listed_on(&self, date: NaiveDate) -> bool {
        self.listed.is_some_and(|listed| listed <= date) && self.delisted.is_none_or(|delisted| date < delisted)
    }

    /// Whether the name marks it as under special treatment (ST, *ST).
    pub fn is_special_treatment(&self) -> bool {
        is_special_treatment(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_range_and_exchange_tell_kind_and_board() {
        use InstrumentKind::{AShare, BShare, Bond, Foreign, Fund, Index};
        for (code, kind, board) in [
            ("600519.SH", Some(AShare), Some(Board::Main)),
            ("688981.SH", Some(AShare), Some(Board::Star)),
            ("000001.SZ", Some(AShare), Some(Board::Main)),
            ("001872.SZ", Some(AShare), Some(Board::Main)),
            ("302132.SZ", Some(AShare), Some(Board::ChiNext)),
            ("830799.BJ", Some(AShare), Some(Board::Bse)),
            ("920799.BJ", Some(AShare), Some(Board::Bse)),
            ("000001.SH", Some(Index), None),
            ("399001.SZ", Some(Index), None),
            ("899050.BJ", Some(Index), None),
            ("900901.SH", Some(BShare), None),
            ("200022.SZ", Some(BShare), None),
            ("201872.SZ", Some(BShare), None),
            ("510300.SH", Some(Fund), None),
            ("159915.SZ", Some(Fund), None),
            ("113050.SH", Some(Bond), None),
            ("128136.SZ", Some(Bond), None),
            ("0700.HK", Some(Foreign), None),
            ("GSPC.IDX", Some(Index), None),
            ("700001.SH", None, None),
        ] {
            let code: Code = code.parse().unwrap();
            assert_eq!((InstrumentKind::of_code(&code), Board::of_code(&code)), (kind, board), "{code}");
        }
    }

    #[test]
    fn texts_parse_back() {
        for (kind, text) in InstrumentKind::ALL {
            assert_eq!((kind.as_str(), InstrumentKind::parse(text)), (text, Some(kind)));
            assert_eq!(serde_json::to_value(kind).unwrap(), text);
        }
        for (board, text) in Board::ALL {
            assert_eq!((board.as_str(), Board::parse(text)), (text, Some(board)));
            assert_eq!(serde_json::to_value(board).unwrap(), text);
        }
    }

    fn instrument(name: &str, listed: Option<&str>, delisted: Option<&str>) -> Instrument {
        let day = |text: &str| text.parse().unwrap();
        Instrument {
            code: "600000.SH".parse().unwrap(),
            kind: InstrumentKind::AShare,
            board: Some(Board::Main),
            name: name.to_owned(),
            listed: listed.map(day),
            delisted: delisted.map(day),
            renamed_from: None,
        }
    }

    #[test]
    fn the_delisting_day_no_longer_trades() {
        let share = instrument("甲", Some("2000-01-04"), Some("2010-06-01"));
        for (date, expected) in
            [("2000-01-03", false), ("2000-01-04", true), ("2010-05-31", true), ("2010-06-01", false)]
        {
            assert_eq!(share.is_listed_on(date.parse().unwrap()), expected, "{date}");
        }
        assert!(!instrument("甲", None, None).is_listed_on("2020-01-02".parse().unwrap()), "never listed");
    }
}
