//! `adj_factor` → [`AdjFactor`].

use super::{BadCell, RowReader, Scope};
use crate::AdjFactor;

pub(crate) fn factor(row: &RowReader<'_>, scope: &Scope) -> Result<AdjFactor, BadCell> {
    let (code, trade_date) = scope.key(row)?;
    let factor = row.number("adj_factor")?;
    if factor <= 0.0 {
        return Err(row.bad("adj_factor", "is not positive"));
    }
    Ok(AdjFactor { code, trade_date, factor })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Api, normalize::testing::row};

    #[test]
    fn a_factor_must_be_a_positive_number() {
        let scope = Scope::Day("2018-07-12".parse().unwrap());
        let read =
            |cell: &str| row(Api::AdjFactor, &format!(r#"["000001.SZ","20180712",{cell}]"#), |row| factor(row, &scope));
        assert_eq!(read("108.031").unwrap().factor, 108.031);
        assert_eq!(read("108").unwrap().factor, 108.0);
        assert_eq!(read("0").unwrap_err().reason, "adj_factor is not positive");
        assert_eq!(read("null").unwrap_err().reason, "adj_factor is missing");
    }
}
