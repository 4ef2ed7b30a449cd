//! `daily_basic` → [`DailyBasic`]: 万股 → shares, 万元 → yuan.

use market_model::DailyBasic;

use super::{BadCell, RowReader, Scope};

pub(crate) fn basic(row: &RowReader<'_>, scope: &Scope) -> Result<DailyBasic, BadCell> {
    let (code, trade_date) = scope.key(row)?;
    Ok(DailyBasic {
        code,
        trade_date,
        turnover_rate: row.optional_number("turnover_rate")?,
        turnover_rate_free: row.optional_number("turnover_rate_f")?,
        volume_ratio: row.optional_number("volume_ratio")?,
        pe: row.optional_number("pe")?,
        pe_ttm: row.optional_number("pe_ttm")?,
        pb: row.optional_number("pb")?,
        ps: row.optional_number("ps")?,
        ps_ttm: row.optional_number("ps_ttm")?,
        dividend_yield: row.optional_number("dv_ratio")?,
        dividend_yield_ttm: row.optional_number("dv_ttm")?,
        total_shares: row.optional_whole("total_share", 4)?,
        float_shares: row.optional_whole("float_share", 4)?,
        free_shares: row.optional_whole("free_share", 4)?,
        total_value: row.optional_whole("total_mv", 4)?,
        float_value: row.optional_whole("circ_mv", 4)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Api, normalize::testing::row};

    const ROW: &str = r#"["000001.SZ","20180718",8.70,0.3104,0.5379,1.01,6.4418,6.2941,0.7127,1.4122,1.3968,1.5632,1.5632,
        1717041.1366,1691799.0089,976286.0389,14938257.8884,14718651.3774]"#;

    fn basic_of(json: &str) -> Result<DailyBasic, BadCell> {
        row(Api::DailyBasic, json, |row| basic(row, &Scope::Day("2018-07-18".parse().unwrap())))
    }

    #[test]
    fn shares_and_values_are_whole_and_percentages_stay_percentages() {
        let basic = basic_of(ROW).unwrap();
        assert_eq!(basic.total_shares, Some(17_170_411_366.0));
        assert_eq!(basic.free_shares, Some(9_762_860_389.0));
        assert_eq!(basic.total_value, Some(149_382_578_884.0));
        assert_eq!(basic.float_value, Some(147_186_513_774.0));
        assert_eq!((basic.turnover_rate, basic.dividend_yield), (Some(0.3104), Some(1.5632)));
    }

    #[test]
    fn a_loss_maker_has_no_price_earnings_ratio_and_keeps_its_row() {
        let basic = basic_of(&ROW.replace("6.4418,6.2941", "null,null")).unwrap();
        assert_eq!((basic.pe, basic.pe_ttm, basic.pb), (None, None, Some(0.7127)));
    }

    #[test]
    fn a_figure_of_an_impossible_type_refuses_the_row() {
        assert_eq!(basic_of(&ROW.replace("0.7127", "\"high\"")).unwrap_err().reason, "pb is not a number");
    }
}
