//! Numbers as charts write them.

use super::axis::Tick;
use crate::{Language, ui::grouped_digits};

/// `value` with `decimals` places and thousands apart: `-1,234.50`.
pub fn grouped(value: f64, decimals: usize) -> String {
    let plain = format!("{value:.decimals$}");
    let (sign, digits) = plain.strip_prefix('-').map_or(("", plain.as_str()), |rest| ("-", rest));
    let (whole, fraction) = digits.find('.').map_or((digits, ""), |at| digits.split_at(at));
    if !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return plain;
    }
    // Nothing is minus zero.
    let is_zero = digits.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    let sign = if is_zero { "" } else { sign };
    format!("{sign}{}{fraction}", grouped_digits(whole))
}

/// A large number in few characters, as an axis wants it: `1.5M`, in Chinese `150万`. Never for a number that is to be relied on.
pub(super) fn short(language: Language, value: f64) -> String {
    let units: [(f64, &str); 3] = match language {
        Language::English => [(1e9, "B"), (1e6, "M"), (1e3, "K")],
        Language::Chinese => [(1e12, "万亿"), (1e8, "亿"), (1e4, "万")],
    };
    match units.into_iter().find(|(unit, _)| value.abs() >= *unit) {
        Some((unit, name)) => format!("{}{name}", trimmed(value / unit, 2)),
        None => trimmed(value, 2),
    }
}

/// A value at an axis: [`short`], or with the places that tell the axis's small values apart.
pub(super) fn tick_text(language: Language, tick: Tick) -> String {
    if tick.decimals > 2 && tick.value != 0.0 {
        grouped(tick.value, tick.decimals)
    } else {
        short(language, tick.value)
    }
}

/// `value` with at most `decimals` places, without zeros at the end.
fn trimmed(value: f64, decimals: usize) -> String {
    let text = grouped(value, decimals);
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_apart_and_zero_has_no_sign() {
        for (value, decimals, text) in [
            (1_234.5, 2, "1,234.50"),
            (-1_234_567.0, 0, "-1,234,567"),
            (999.999, 2, "1,000.00"),
            (0.0, 2, "0.00"),
            (-0.001, 2, "0.00"),
            (12.0, 0, "12"),
            (f64::NAN, 2, "NaN"),
        ] {
            assert_eq!(grouped(value, decimals), text);
        }
    }

    #[test]
    fn an_axis_counts_in_the_units_of_its_language() {
        assert_eq!(short(Language::English, 1_500_000.0), "1.5M");
        assert_eq!(short(Language::Chinese, 1_500_000.0), "150万");
        assert_eq!(short(Language::Chinese, 2.5e8), "2.5亿");
        assert_eq!(short(Language::English, 0.0), "0");
        assert_eq!(short(Language::English, 12.25), "12.25");
    }
}
