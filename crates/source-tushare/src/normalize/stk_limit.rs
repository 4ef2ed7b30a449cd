//! `stk_limit` → [`PriceLimit`].

use market_model::PriceLimit;

use super::{BadCell, RowReader, Scope};

pub(crate) fn limit(row: &RowReader<'_>, scope: &Scope) -> Result<PriceLimit, BadCell> {
    let (code, trade_date) = scope.key(row)?;
    Ok(PriceLimit { code, trade_date, up_limit: row.number("up_limit")?, down_limit: row.number("down_limit")? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Api, normalize::testing::row};

    #[test]
    fn limits_keep_the_vendors_sentinels_and_both_must_be_there() {
        let read = |rest: &str| {
            let json = format!(r#"["20180718","000001.SZ",{rest}]"#);
            row(Api::StkLimit, &json, |row| limit(row, &Scope::Day("2018-07-18".parse().unwrap())))
        };
        let free = read("99999.99,0.01").unwrap();
        assert_eq!((free.up_limit, free.down_limit), (99999.99, 0.01));
        assert_eq!(read("9.59,null").unwrap_err().reason, "down_limit is missing");
    }
}
