//! Which codes belong to the mainland's stock market as a whole, whose days are judged for completeness.

use market_model::{Code, InstrumentKind};

/// Whether `code` is a mainland share, A or B, judged by its number range.
///
/// For these a day counts when a source's answer for the whole market is complete, and a trading day without data is a gap.
/// Every other code (an index, a fund, a bond, anything abroad) has the bars that its vendors have: none of its days is
/// judged, and a day without a bar says nothing.
pub fn is_whole_market(code: &Code) -> bool {
    matches!(InstrumentKind::of_code(code), Some(InstrumentKind::AShare | InstrumentKind::BShare))
}

/// [`is_whole_market`] as an SQL condition on a column of codes.
pub(crate) fn whole_market_sql(column: &str) -> String {
    let shanghai = r"(6[08]\d|900)\d{3}\.SH";
    let shenzhen = r"(00[0-3]|30\d|20[01])\d{3}\.SZ";
    let beijing = r"(43|83|87|92)\d{4}\.BJ";
    format!("regexp_full_match({column}, '({shanghai})|({shenzhen})|({beijing})')")
}

#[cfg(test)]
mod tests {
    use duckdb::Connection;
    use market_model::Exchange;

    use super::*;

    #[test]
    fn the_condition_says_of_every_number_range_what_the_function_says() {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE t (code VARCHAR, expected BOOLEAN)").unwrap();
        let mut appender = conn.appender("t").unwrap();
        let mut shares = 0;
        for exchange in [Exchange::Sse, Exchange::Szse, Exchange::Bse] {
            for range in 0..1000 {
                let code = Code::new(&format!("{range:03}001"), exchange).unwrap();
                shares += u32::from(is_whole_market(&code));
                appender.append_row(duckdb::params![code.as_str(), is_whole_market(&code)]).unwrap();
            }
        }
        for text in ["0700.HK", "AAPL.US", "USDCNY.FX", "GSPC.IDX", "600000.US", "600000.IDX"] {
            appender.append_row(duckdb::params![text, false]).unwrap();
        }
        drop(appender);
        assert!(shares > 50);
        let sql = format!("SELECT code FROM t WHERE {} <> expected", whole_market_sql("code"));
        let mut statement = conn.prepare(&sql).unwrap();
        let wrong: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }
}
