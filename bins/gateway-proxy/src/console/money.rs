//! Amounts, shares and counts of the gateway as people read them.

use maud::Markup;
use operator_console::ui;
pub(super) use operator_console::ui::grouped as count;
use route_policy::Cny;

/// As [`ui::yuan`].
pub(super) fn yuan(amount: Cny) -> Markup {
    ui::yuan(amount.nano())
}

/// As [`ui::yuan_text`].
pub(super) fn yuan_text(amount: Cny) -> String {
    ui::yuan_text(amount.nano())
}

/// The share of `used` in `of`, in percent: cut to a decimal, so that 100 % is never said too early. `None` of nothing.
pub(super) fn percent(used: Cny, of: Cny) -> Option<String> {
    if of <= Cny::ZERO {
        return None;
    }
    let per_mille = i128::from(used.nano()) * 1000 / i128::from(of.nano());
    Some(match per_mille {
        0 if used > Cny::ZERO => "< 0.1 %".to_owned(),
        0 => "0 %".to_owned(),
        _ => format!("{}.{} %", per_mille / 10, (per_mille % 10).abs()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cny(text: &str) -> Cny {
        text.parse().unwrap()
    }

    #[test]
    fn a_share_is_never_more_than_it_is_and_never_nothing_where_there_is_something() {
        for (used, of, shown) in [
            ("0", "500", Some("0 %")),
            ("0.01", "500", Some("< 0.1 %")),
            ("499.9999", "500", Some("99.9 %")),
            ("500", "500", Some("100.0 %")),
            ("501", "500", Some("100.2 %")),
            ("1", "0", None),
        ] {
            assert_eq!(percent(cny(used), cny(of)).as_deref(), shown, "{used} of {of}");
        }
    }
}
