//! How much of a limit is used.

use maud::{Markup, html};

/// A bar from 0 to `limit`, from 80 % on a warning, from 100 % on bad. `label` names what is measured, in full, for who does
/// not see it; figures stand beside it as the page likes. A limit of 0 is full.
pub fn meter(label: &str, used: f64, limit: f64) -> Markup {
    let share = if limit > 0.0 { used / limit } else { 1.0 };
    let share = if share.is_finite() { share.max(0.0) } else { 1.0 };
    let class = match share {
        share if share >= 1.0 => "bad",
        share if share >= 0.8 => "warn",
        _ => "ok",
    };
    let width = format!("{:.1}", share.min(1.0) * 100.0);
    html! {
        svg class={ "meter " (class) } viewBox="0 0 100 6" preserveAspectRatio="none" role="img"
            aria-label={ (label) ": " (percent(share)) " %" } {
            rect.rail width="100" height="6" {}
            rect.used width=(width) height="6" {}
        }
    }
}

/// With one decimal, cut: what is not all used does not read as if it were.
fn percent(share: f64) -> String {
    format!("{:.1}", (share * 1000.0).floor() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearly_full_is_not_full() {
        assert_eq!([0.9997, 1.0, 0.0].map(percent), ["99.9", "100.0", "0.0"]);
    }

    #[test]
    fn a_limit_of_nothing_is_full_and_too_much_is_no_wider_than_full() {
        for (used, limit, class, width) in [
            (0.0, 0.0, "bad", "100.0"),
            (5.0, 1.0, "bad", "100.0"),
            (0.85, 1.0, "warn", "85.0"),
            (-1.0, 1.0, "ok", "0.0"),
        ] {
            let shown = meter("budget", used, limit).into_string();
            assert!(
                shown.contains(&format!("meter {class}")) && shown.contains(&format!("width=\"{width}\"")),
                "{shown}"
            );
        }
    }
}
