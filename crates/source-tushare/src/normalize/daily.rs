//! `daily` → [`DailyBar`]: 手 → shares, 千元 → yuan.

use market_model::DailyBar;

use super::{BadCell, RowReader, Scope};

pub(crate) fn bar(row: &RowReader<'_>, scope: &Scope) -> Result<DailyBar, BadCell> {
    let (code, trade_date) = scope.key(row)?;
    let volume = row.whole("vol", 2)?;
    if !(0.0..9e15).contains(&volume) {
        return Err(row.bad("vol", "is not a volume"));
    }
    Ok(DailyBar {
        code,
        trade_date,
        open: row.number("open")?,
        high: row.number("high")?,
        low: row.number("low")?,
        close: row.number("close")?,
        // 0 where the vendor has none; nothing can be divided by it.
        pre_close: row.optional_number("pre_close")?.filter(|price| *price > 0.0),
        volume: volume as i64,
        amount: Some(row.whole("amount", 3)?),
        adj_factor: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Api, normalize::testing::row};

    const REAL: &str = r#"["000001.SZ","20180718",8.75,8.85,8.69,8.70,8.72,-0.02,-0.23,525152.77,460697.377]"#;

    fn bar_of(json: &str) -> Result<DailyBar, BadCell> {
        row(Api::Daily, json, |row| bar(row, &Scope::Day("2018-07-18".parse().unwrap())))
    }

    fn reason(json: &str) -> String {
        bar_of(json).unwrap_err().reason
    }

    #[test]
    fn the_real_row_of_000001_on_20180718_is_exact_in_yuan_and_shares() {
        let expected = DailyBar {
            code: "000001.SZ".parse().unwrap(),
            trade_date: "2018-07-18".parse().unwrap(),
            open: 8.75,
            high: 8.85,
            low: 8.69,
            close: 8.70,
            pre_close: Some(8.72),
            volume: 52_515_277,
            amount: Some(460_697_377.0),
            adj_factor: None,
        };
        assert_eq!(bar_of(REAL).unwrap(), expected);
    }

    #[test]
    fn float_noise_of_a_mirror_does_not_change_the_numbers() {
        let noisy = REAL.replace("525152.77", "525152.7700000001").replace("460697.377", "\"460697.37699999998\"");
        assert_eq!(bar_of(&noisy).unwrap(), bar_of(REAL).unwrap());
    }

    #[test]
    fn a_row_without_its_key_or_a_needed_figure_is_refused_with_the_column() {
        assert_eq!(reason(&REAL.replace("\"000001.SZ\"", "null")), "ts_code is missing");
        assert_eq!(reason(&REAL.replace("000001.SZ", "000001")), "ts_code is not a code like 600519.SH");
        assert_eq!(reason(&REAL.replace("\"20180718\"", "\"\"")), "trade_date is missing");
        assert_eq!(reason(&REAL.replace("20180718", "20180732")), "trade_date is not a date YYYYMMDD");
        assert_eq!(reason(&REAL.replace("20180718", "20180717")), "trade_date was not asked for: 2018-07-18 was");
        assert_eq!(reason(&REAL.replace("8.75", "null")), "open is missing");
        assert_eq!(reason(&REAL.replace("8.75", "\"n/a\"")), "open is not a number");
        assert_eq!(reason(&REAL.replace("8.75", "[8.75]")), "open is not a number");
        assert_eq!(reason(&REAL.replace("525152.77", "-1")), "vol is not a volume");
        assert_eq!(reason(&REAL.replace("460697.377", "null")), "amount is missing");
    }

    #[test]
    fn a_missing_reference_price_stays_absent() {
        for absent in ["null", "0", "0.0", "\"\""] {
            assert_eq!(bar_of(&REAL.replace("8.72", absent)).unwrap().pre_close, None, "{absent}");
        }
    }
}
