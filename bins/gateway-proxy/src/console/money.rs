//! Amounts, shares and counts as people read them. What is shown of an amount never hides that there is one.

use maud::{Markup, html};
use route_policy::Cny;

/// `¥12.50`, `¥0.000123`; where digits are left out, all of them are the title.
pub(super) fn yuan(amount: Cny) -> Markup {
    let sign = if amount < Cny::ZERO { "-" } else { "" };
    let exact = format!("{sign}¥{}", amount.to_string().trim_start_matches('-'));
    let shown = yuan_text(amount);
    let plain = shown.replace(',', "");
    let is_whole =
        plain == exact || (plain.contains('.') && plain.trim_end_matches('0').trim_end_matches('.') == exact);
    html! { span.money title=[(!is_whole).then_some(exact)] { (shown) } }
}

/// As [`yuan`], as a text.
pub(super) fn yuan_text(amount: Cny) -> String {
    let (sign, text) = (if amount < Cny::ZERO { "-" } else { "" }, amount.to_string());
    let text = text.trim_start_matches('-');
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let whole = grouped_digits(whole);
    if decimals.is_empty() {
        return format!("{sign}¥{whole}");
    }
    // A ten-thousandth of a yuan and less matters to nobody who has one, and is all there is of a request's price.
    let most = match (whole.as_str(), decimals.starts_with("0000")) {
        ("0", true) => 9,
        ("0", false) => 6,
        _ => 4,
    };
    let kept = [2, 4, 6, 9].into_iter().find(|kept| decimals.len() <= *kept).unwrap_or(9).min(most);
    // Cut, not rounded: nothing is shown as more than it is, and a budget is not full before it is.
    let decimals = &decimals[..decimals.len().min(kept)];
    format!("{sign}¥{whole}.{decimals:0<kept$}")
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

/// `1,234,567`.
pub(super) fn count(number: u64) -> String {
    grouped_digits(&number.to_string())
}

fn grouped_digits(digits: &str) -> String {
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cny(text: &str) -> Cny {
        text.parse().unwrap()
    }

    #[test]
    fn an_amount_is_shown_with_the_digits_that_matter_and_whole_in_its_title() {
        for (amount, shown) in [
            ("0", "¥0"),
            ("500", "¥500"),
            ("12.5", "¥12.50"),
            ("499.99999", "¥499.9999"),
            ("1234567.0001", "¥1,234,567.0001"),
            ("1.00000001", "¥1.0000"),
            ("0.000123456", "¥0.000123"),
            ("0.00156", "¥0.001560"),
            ("0.0000123", "¥0.000012300"),
            ("1.341", "¥1.3410"),
            ("0.000000001", "¥0.000000001"),
            ("-0.5", "-¥0.50"),
        ] {
            assert_eq!(yuan_text(cny(amount)), shown, "{amount}");
        }
        assert_eq!(yuan(cny("12.5")).into_string(), r#"<span class="money">¥12.50</span>"#);
        assert_eq!(yuan(cny("500")).into_string(), r#"<span class="money">¥500</span>"#);
        let cut = yuan(cny("1.00000001")).into_string();
        assert_eq!(cut, r#"<span class="money" title="¥1.00000001">¥1.0000</span>"#);
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

    #[test]
    fn counts_are_grouped_by_three() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
    }
}
