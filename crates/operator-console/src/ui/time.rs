//! Moments, days, and how long ago.

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use maud::{Markup, html};

use crate::Language;

/// A moment, in Shanghai.
pub fn moment(at: DateTime<Utc>) -> Markup {
    // Without a summer time since 1991, and nothing here is older.
    let shanghai = FixedOffset::east_opt(8 * 3600).map(|offset| at.with_timezone(&offset));
    let Some(local) = shanghai else { return html! { (at.to_rfc3339()) } };
    html! { time datetime=(local.to_rfc3339()) { (local.format("%Y-%m-%d %H:%M:%S")) } }
}

/// A day.
pub fn date(day: NaiveDate) -> Markup {
    let text = day.to_string();
    html! { time datetime=(text) { (text) } }
}

/// How long ago, in its largest unit: `3 min ago`, `3 分钟前`.
pub fn ago(language: Language, seconds: i64) -> String {
    let lasted = lasting(language, seconds);
    match language {
        Language::English => format!("{lasted} ago"),
        Language::Chinese => format!("{lasted}前"),
    }
}

/// How long, in its largest unit, and of hours the minutes too: `3 min`, `1 h 54 min`, `3 分钟`. Rounded down; below nothing is
/// nothing.
pub fn lasting(language: Language, seconds: i64) -> String {
    let seconds = seconds.max(0);
    if (3_600..36_000).contains(&seconds) && seconds % 3_600 >= 60 {
        let (hours, minutes) = (seconds / 3_600, seconds % 3_600 / 60);
        return format!("{hours} {} {minutes} {}", language.say("h", "小时"), language.say("min", "分钟"));
    }
    let (count, en, zh) = match seconds {
        0..60 => (seconds, "s", "秒"),
        60..3_600 => (seconds / 60, "min", "分钟"),
        3_600..172_800 => (seconds / 3_600, "h", "小时"),
        _ => (seconds / 86_400, "d", "天"),
    };
    format!("{count} {}", language.say(en, zh))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_shanghais_and_ages_in_their_largest_unit() {
        let shown = moment(DateTime::UNIX_EPOCH).into_string();
        assert_eq!(shown, r#"<time datetime="1970-01-01T08:00:00+08:00">1970-01-01 08:00:00</time>"#);
        let ages = [-5, 59, 3_599, 100_000, 200_000].map(|seconds| ago(Language::English, seconds));
        assert_eq!(ages, ["0 s ago", "59 s ago", "59 min ago", "27 h ago", "2 d ago"]);
        let hours = [3_600, 6_899, 7_259, 35_999, 36_600].map(|seconds| lasting(Language::English, seconds));
        assert_eq!(hours, ["1 h", "1 h 54 min", "2 h", "9 h 59 min", "10 h"]);
        assert_eq!(ago(Language::Chinese, 180), "3 分钟前");
    }
}
