//! Amounts in yuan.

use maud::{Markup, html};

/// `nano` billionths of a yuan as `¥12.3456`: cents at least, a ten-thousandth of a yuan at most where it is one or more, a millionth where it is
/// less. The exact amount is in the title.
pub fn yuan(nano: i64) -> Markup {
    let exact = text(nano, 9);
    let digits = match nano.unsigned_abs() {
        0..1_000_000_000 => 6,
        1_000_000_000..1_000_000_000_000 => 4,
        _ => 2,
    };
    html! { span.money title={ "¥" (exact) } { "¥" (text(nano, digits)) } }
}

/// Rounded half away from nothing to so many decimals, without zeros behind the cents.
fn text(nano: i64, digits: u32) -> String {
    let unit = 10_u64.pow(9 - digits);
    let rounded = (nano.unsigned_abs() + unit / 2) / unit;
    let scale = 10_u64.pow(digits);
    let sign = if nano < 0 && rounded > 0 { "−" } else { "" };
    let decimals = format!("{:0width$}", rounded % scale, width = digits as usize);
    let kept = decimals.trim_end_matches('0').len().max(2);
    format!("{sign}{}.{}", rounded / scale, &decimals[..kept])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_amounts_keep_their_digits_and_no_amount_looks_like_nothing() {
        for (nano, shown) in [
            (0, "0.00"),
            (1_500_000_000, "1.50"),
            (12_345_678_901, "12.3457"),
            (-500_000_000, "−0.50"),
            (123_000, "0.000123"),
            (1_234_567_890_123, "1234.57"),
        ] {
            let markup = yuan(nano).into_string();
            assert!(markup.contains(&format!(">¥{shown}<")), "{nano}: {markup}");
        }
        assert_eq!(text(1, 9), "0.000000001");
    }
}
