//! `stock_basic` → [`Listing`].

use std::sync::LazyLock;

use market_model::{Board, CodeMap, Instrument, InstrumentKind, ListStatus};

use super::{BadCell, RowReader};
use crate::Listing;

/// The vendor lists today's codes only; what a share was called before comes from the announced changes.
static CODE_CHANGES: LazyLock<CodeMap> = LazyLock::new(CodeMap::known);

/// One share of the list with that status.
pub(crate) fn listing(row: &RowReader<'_>, asked: ListStatus) -> Result<Listing, BadCell> {
    let code = row.code()?;
    let status = row.optional_text("list_status").map_or(Some(asked), parse_status);
    let Some(status) = status.filter(|status| *status == asked) else {
        return Err(row.bad("list_status", "was not asked for"));
    };
    let market = row.optional_text("market");
    // The number range decides; the vendor's word only where a range is newer than our table.
    let by_market = market.and_then(parse_board);
    let kind = InstrumentKind::of_code(&code).or(by_market.map(|_| InstrumentKind::AShare));
    let kind = kind.ok_or_else(|| row.bad("ts_code", "is in a number range that is not assigned"))?;
    let board = Board::of_code(&code).or(by_market.filter(|_| kind == InstrumentKind::AShare));
    let delisted = row.optional_date("delist_date")?;
    if status == ListStatus::Delisted && delisted.is_none() {
        // It would count as listed for ever, and every day would miss it.
        return Err(row.bad("delist_date", "is missing from a delisted share"));
    }
    let instrument = Instrument {
        code,
        kind,
        board,
        name: row.text("name")?.to_owned(),
        listed: row.optional_date("list_date")?,
        delisted,
        renamed_from: CODE_CHANGES.former(&code).map(|change| change.old),
    };
    Ok(Listing { instrument, status })
}

fn parse_status(text: &str) -> Option<ListStatus> {
    Some(match text {
        "L" => ListStatus::Listed,
        "D" => ListStatus::Delisted,
        "P" => ListStatus::Paused,
        "G" => ListStatus::Approved,
        _ => return None,
    })
}

/// The vendor's `market`. 中小板 was merged into the main board in 2021; `CDR` is a sort of paper, not a board.
fn parse_board(market: &str) -> Option<Board> {
    Some(match market {
        "主板" | "中小板" => Board::Main,
        "创业板" => Board::ChiNext,
        "科创板" => Board::Star,
        "北交所" => Board::Bse,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Api, normalize::testing::row};

    fn listing_of(code: &str, market: &str, status: &str, dates: &str, asked: ListStatus) -> Result<Listing, BadCell> {
        let json = format!(
            r#"["{code}","{}","平安银行","深圳","银行","{market}","SZSE","CNY","{status}",{dates},"S"]"#,
            &code[..6]
        );
        row(Api::StockBasic, &json, |row| listing(row, asked))
    }

    #[test]
    fn a_share_gets_its_kind_and_board_from_its_number_range() {
        let boards = [
            ("000001.SZ", "主板", Board::Main),
            ("002001.SZ", "中小板", Board::Main),
            ("300750.SZ", "创业板", Board::ChiNext),
            ("688981.SH", "科创板", Board::Star),
            ("689009.SH", "CDR", Board::Star),
            ("920799.BJ", "北交所", Board::Bse),
        ];
        for (code, market, board) in boards {
            let listing = listing_of(code, market, "L", "\"19910403\",null", ListStatus::Listed).unwrap();
            assert_eq!(listing.instrument.board, Some(board), "{code}");
            assert_eq!(listing.instrument.kind, InstrumentKind::AShare);
            assert_eq!(listing.instrument.listed, Some("1991-04-03".parse().unwrap()));
        }
    }

    #[test]
    fn a_share_that_changed_its_code_names_the_old_one() {
        let of = |code, market| listing_of(code, market, "L", "\"20200727\",null", ListStatus::Listed).unwrap();
        assert_eq!(of("920799.BJ", "北交所").instrument.renamed_from, Some("830799.BJ".parse().unwrap()));
        assert_eq!(of("000001.SZ", "主板").instrument.renamed_from, None);
    }

    #[test]
    fn a_number_range_newer_than_the_table_follows_the_vendors_word() {
        let listing = listing_of("307001.SZ", "创业板", "L", "\"20260403\",null", ListStatus::Listed).unwrap();
        assert_eq!(listing.instrument.board, Some(Board::ChiNext));
        let unknown = listing_of("710001.SH", "新板", "L", "\"20260403\",null", ListStatus::Listed).unwrap_err();
        assert_eq!(unknown.reason, "ts_code is in a number range that is not assigned");
        let assumed = listing_of("710001.SH", "主板", "L", "\"20260403\",null", ListStatus::Listed).unwrap();
        assert_eq!((assumed.instrument.kind, assumed.instrument.board), (InstrumentKind::AShare, Some(Board::Main)));
    }

    #[test]
    fn a_delisted_share_needs_its_date_and_must_be_on_the_list_that_was_asked_for() {
        let dated = listing_of("600001.SH", "主板", "D", "\"19980122\",\"20091229\"", ListStatus::Delisted).unwrap();
        assert_eq!(dated.status, ListStatus::Delisted);
        assert!(!dated.instrument.is_listed_on("2009-12-29".parse().unwrap()));
        let undated = listing_of("600001.SH", "主板", "D", "\"19980122\",null", ListStatus::Delisted).unwrap_err();
        assert_eq!(undated.reason, "delist_date is missing from a delisted share");
        let other = listing_of("600001.SH", "主板", "L", "\"19980122\",null", ListStatus::Delisted).unwrap_err();
        assert_eq!(other.reason, "list_status was not asked for");
    }
}
