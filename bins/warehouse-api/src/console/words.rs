//! Texts that several pages have in common.

use maud::{Markup, html};
use operator_console::Language;

/// `5,478`: a whole number with its thousands apart.
pub(super) fn count(number: impl Into<u64>) -> String {
    let digits = number.into().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1.4 GB`, in powers of ten as disks are sold.
pub(super) fn bytes(number: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut scaled = number as f64;
    let mut unit = 0;
    while scaled >= 999.5 && unit + 1 < UNITS.len() {
        scaled /= 1000.0;
        unit += 1;
    }
    if unit == 0 || scaled >= 99.95 {
        format!("{scaled:.0} {}", UNITS[unit])
    } else {
        format!("{scaled:.1} {}", UNITS[unit])
    }
}

/// `59.9 %`, rounded down: 100 is said when everything is done, not before.
pub(super) fn percent(done: u64, total: u64) -> String {
    let permille = (done.min(total) * 1000) / total.max(1);
    format!("{}.{} %", permille / 10, permille % 10)
}

/// In place of what is not there; `why` says so to whoever points at it.
pub(super) fn absent(why: &str) -> Markup {
    html! { span.muted title=(why) { "–" } }
}

/// A text, or a dash where it is empty.
pub(super) fn text_or_absent(text: &str, why: &str) -> Markup {
    if text.is_empty() {
        absent(why)
    } else {
        html! { (text) }
    }
}

/// A whole number of days, jobs, … in either language: `one` is the English word for one, `zh` has its measure word.
pub(super) fn counted(language: Language, number: u64, one: &str, many: &str, zh: &str) -> String {
    match language {
        Language::English => format!("{} {}", count(number), if number == 1 { one } else { many }),
        Language::Chinese => format!("{} {zh}", count(number)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_readable_and_not_rounded_into_others() {
        assert_eq!(
            [0_u32, 12, 999, 1_000, 5_478, 1_234_567].map(count),
            ["0", "12", "999", "1,000", "5,478", "1,234,567"]
        );
        let sizes = [0, 999, 1_000, 99_949, 999_499, 999_500, 1_400_000_000, 13_000_000_000_000_000].map(bytes);
        assert_eq!(sizes, ["0 B", "999 B", "1.0 kB", "99.9 kB", "999 kB", "1.0 MB", "1.4 GB", "13000 TB"]);
        assert_eq!(
            [(0, 0), (2_999, 3_000), (3_000, 3_000)].map(|(done, total)| percent(done, total)),
            ["0.0 %", "99.9 %", "100.0 %"]
        );
        assert_eq!(counted(Language::English, 1, "day", "days", "天"), "1 day");
        assert_eq!(counted(Language::Chinese, 3, "day", "days", "天"), "3 天");
    }
}
