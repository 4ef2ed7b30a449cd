//! Amounts in yuan, and other figures, as people read them. What is shown of an amount never hides that there is one.

use maud::{Markup, html};

const NANO: u64 = 1_000_000_000;

/// `nano` billionths of a yuan as `¥12.50`, `¥0.000123`; where digits are left out, all of them are the title.
pub fn yuan(nano: i64) -> Markup {
    let (shown, whole) = (yuan_text(nano), exact(nano));
    let is_all = value(&shown) == value(&whole);
    html! { span.money title=[(!is_all).then_some(whole)] { (shown) } }
}

/// As [`yuan`], as a text.
pub fn yuan_text(nano: i64) -> String {
    let (units, rest) = (nano.unsigned_abs() / NANO, nano.unsigned_abs() % NANO);
    let sign = if nano < 0 { "-" } else { "" };
    let whole = grouped(units);
    if rest == 0 {
        return format!("{sign}¥{whole}");
    }
    let decimals = format!("{rest:09}");
    let needed = decimals.trim_end_matches('0').len();
    // A ten-thousandth of a yuan and less matters to nobody who has one, and is all there is of a request's price.
    let most = match (units, decimals.starts_with("0000")) {
        (0, true) => 9,
        (0, false) => 6,
        _ => 4,
    };
    let kept = [2, 4, 6, 9].into_iter().find(|kept| needed <= *kept).unwrap_or(9).min(most);
    // Cut, not rounded: nothing is shown as more than it is, and a budget is not full before it is.
    format!("{sign}¥{whole}.{}", &decimals[..kept])
}

/// `1,234,567`.
pub fn grouped(number: u64) -> String {
    grouped_digits(&number.to_string())
}

/// Digits in groups of three from the right.
pub(crate) fn grouped_digits(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn exact(nano: i64) -> String {
    let sign = if nano < 0 { "-" } else { "" };
    format!("{sign}¥{}.{:09}", nano.unsigned_abs() / NANO, nano.unsigned_abs() % NANO).trim_end_matches('0').to_owned()
}

/// What two texts of the same amount have in common.
fn value(text: &str) -> String {
    let plain = text.replace(',', "");
    if plain.contains('.') { plain.trim_end_matches('0').trim_end_matches('.').to_owned() } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_shown_with_the_digits_that_matter_and_whole_in_its_title() {
        for (nano, shown) in [
            (0, "¥0"),
            (500_000_000_000, "¥500"),
            (12_500_000_000, "¥12.50"),
            (499_999_990_000, "¥499.9999"),
            (1_234_567_000_100_000, "¥1,234,567.0001"),
            (1_000_000_010, "¥1.0000"),
            (123_456, "¥0.000123"),
            (1_560_000, "¥0.001560"),
            (12_300, "¥0.000012300"),
            (1_341_000_000, "¥1.3410"),
            (1, "¥0.000000001"),
            (-500_000_000, "-¥0.50"),
        ] {
            assert_eq!(yuan_text(nano), shown, "{nano}");
        }
        assert_eq!(yuan(12_500_000_000).into_string(), r#"<span class="money">¥12.50</span>"#);
        assert_eq!(yuan(500_000_000_000).into_string(), r#"<span class="money">¥500</span>"#);
        let cut = yuan(1_000_000_010).into_string();
        assert_eq!(cut, r#"<span class="money" title="¥1.00000001">¥1.0000</span>"#);
    }

    #[test]
    fn counts_are_grouped_by_three() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
