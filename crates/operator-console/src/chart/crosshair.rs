//! What `crosshair.js` reads: the values of a chart, column by column, as they are to be shown.

use chrono::NaiveDate;
use maud::{Markup, PreEscaped, html};
use serde::Serialize;

/// The values of a chart by column.
#[derive(Debug, Serialize)]
pub(super) struct Crosshair<'a> {
    /// The columns' days: the days since 1970 of the first one, then of each how many days it is after the one before.
    days: Vec<i64>,
    /// Their values.
    series: Vec<Series<'a>>,
}

/// One row of values.
#[derive(Debug, Serialize)]
pub(super) struct Series<'a> {
    /// What they are.
    pub(super) name: &'a str,
    /// Places after the point.
    pub(super) decimals: usize,
    /// In units of the last place: the first value, then how much each differs from the one before; null where there is none.
    pub(super) steps: Vec<Option<i64>>,
}

impl<'a> Series<'a> {
    pub(super) fn new(name: &'a str, decimals: usize, values: impl Iterator<Item = Option<f64>>) -> Self {
        let unit = 10_f64.powi(i32::try_from(decimals).unwrap_or_default());
        let whole = |value: f64| value.is_finite().then(|| (value * unit).round() as i64);
        Self { name, decimals, steps: steps(values.map(|value| value.and_then(whole))).collect() }
    }
}

/// Numbers as what they add to the one before.
fn steps(values: impl Iterator<Item = Option<i64>>) -> impl Iterator<Item = Option<i64>> {
    values.scan(0_i64, |before, value| Some(value.map(|value| value.wrapping_sub(std::mem::replace(before, value)))))
}

impl<'a> Crosshair<'a> {
    pub(super) fn new(days: impl Iterator<Item = NaiveDate>, series: Vec<Series<'a>>) -> Self {
        let days = steps(days.map(|day| Some((day - NaiveDate::default()).num_days()))).flatten().collect();
        Self { days, series }
    }

    /// The block of data.
    pub(super) fn render(&self) -> Markup {
        // Within a script element only `<` could end it; JSON writes it otherwise just as well.
        let json = serde_json::to_string(self).unwrap_or_default().replace('<', "\\u003c");
        html! { script type="application/json" { (PreEscaped(json)) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_can_end_the_block() {
        let values = [Some(1.239), None, Some(f64::NAN), Some(100.0), Some(99.5)];
        let series = vec![Series::new("</script><b>", 2, values.into_iter())];
        let data = Crosshair::new([].into_iter(), series);
        assert_eq!(
            data.render().into_string(),
            "<script type=\"application/json\">{\"days\":[],\"series\":[{\"name\":\"\\u003c/script>\\u003cb>\",\"decimals\":2,\"steps\":[124,null,null,9876,-50]}]}</script>"
        );
    }

    #[test]
    fn days_are_counted_from_the_one_before() {
        let days = ["1970-01-03", "1970-01-04", "1970-01-07"].map(|day| day.parse().unwrap());
        let data = Crosshair::new(days.into_iter(), Vec::new());
        assert_eq!(serde_json::to_string(&data).unwrap(), "{\"days\":[2,1,3],\"series\":[]}");
    }
}
