//! `suspend_d` → [`Suspension`].

use market_model::{Suspension, SuspensionKind};

use super::{BadCell, RowReader, Scope};

pub(crate) fn suspension(row: &RowReader<'_>, scope: &Scope) -> Result<Suspension, BadCell> {
    let (code, trade_date) = scope.key(row)?;
    let kind = match row.text("suspend_type")? {
        "S" => SuspensionKind::Suspended,
        "R" => SuspensionKind::Resumed,
        _ => return Err(row.bad("suspend_type", "is neither S nor R")),
    };
    Ok(Suspension { code, trade_date, kind, timing: row.optional_text("suspend_timing").map(str::to_owned) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Api, normalize::testing::row};

    fn suspension_of(rest: &str) -> Result<Suspension, BadCell> {
        let json = format!(r#"["000001.SZ","20180718",{rest}]"#);
        row(Api::SuspendD, &json, |row| suspension(row, &Scope::Day("2018-07-18".parse().unwrap())))
    }

    #[test]
    fn no_timing_means_the_whole_day() {
        assert!(suspension_of(r#"null,"S""#).unwrap().is_whole_day());
        assert!(suspension_of(r#""","S""#).unwrap().is_whole_day());
        let part = suspension_of(r#""09:30-10:00","S""#).unwrap();
        assert_eq!(part.timing.as_deref(), Some("09:30-10:00"));
        assert!(!part.is_whole_day());
    }

    #[test]
    fn a_resumption_is_no_halt_and_an_unknown_kind_is_refused() {
        assert_eq!(suspension_of(r#"null,"R""#).unwrap().kind, SuspensionKind::Resumed);
        assert_eq!(suspension_of(r#"null,"X""#).unwrap_err().reason, "suspend_type is neither S nor R");
    }
}
