//! Lines over time.

use maud::{Markup, html};

use super::{
    axis::{Axis, grid_line, names_below},
    crosshair::{Columns, Crosshair, Series},
    curve::{Curve, extent},
    number::{grouped, short},
    path::DETAIL,
};
use crate::Language;

/// Heights in pixels: the lines, and with the names below them.
const LINES: f64 = 180.0;
const HEIGHT: f64 = 204.0;
/// Units of the drawing per column.
const SLOT: f64 = 10.0;

/// A chart of one or several lines.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What it shows, in the reader's language, with the unit.
    pub label: String,
    /// What stands before a number at the axis: `¥`, or nothing.
    pub prefix: &'static str,
    /// Places after the point of a value.
    pub decimals: usize,
    /// The columns' names from left to right.
    pub columns: Vec<String>,
    /// The lines, each with a value per column.
    pub curves: Vec<Curve>,
    /// A value drawn across all columns: a limit, a budget.
    pub level: Option<Level>,
    /// Whether the axis begins at zero.
    pub from_zero: bool,
}

/// A value across the whole chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// Where it lies.
    pub value: f64,
    /// What it is.
    pub name: String,
}

impl Line {
    /// The chart with its legend and its last values; a sentence where there is nothing.
    pub fn render(&self, language: Language) -> Markup {
        let level = self.level.iter().map(|level| level.value);
        let (least, most) = extent(self.curves.iter().flat_map(Curve::finite).chain(level));
        if self.columns.is_empty() || self.curves.iter().all(|curve| curve.finite().next().is_none()) {
            return html! { p class="empty" { (language.say("There is nothing to draw.", "没有可画的数据。")) } };
        }
        let axis = if self.from_zero {
            Axis::new(least.min(0.0), most.max(0.0), 8.0, LINES - 8.0)
        } else {
            Axis::with_air(least, most, 0.0, LINES)
        };
        let names: Vec<&str> = self.columns.iter().map(String::as_str).collect();
        let width = names.len() as f64 * SLOT;
        html! {
            figure class="chart lines" data-chart data-chart-label=(language.say("Position", "位置")) {
                (self.legend())
                div class="chart-plot" {
                    svg class="chart-canvas" role="img" aria-label=(self.label) width="100%" height=(HEIGHT) {
                        @for tick in axis.ticks(4) {
                            (grid_line(axis.y(tick.value), &format!("{}{}", self.prefix, short(language, tick.value))))
                        }
                        @if let Some(level) = &self.level {
                            line class="level" x1="0" x2="100%" y1=(format!("{:.1}", axis.y(level.value)))
                                y2=(format!("{:.1}", axis.y(level.value))) {}
                        }
                        svg x="0" y="0" width="100%" height=(LINES) viewBox=(format!("0 0 {width} {}", LINES * DETAIL))
                            preserveAspectRatio="none" {
                            @for (index, curve) in self.curves.iter().enumerate() {
                                @if let Some(d) = curve.path(&axis, SLOT) { path class=(format!("curve c{index}")) d=(d) {} }
                            }
                        }
                        @for name in names_below(&names, HEIGHT - 6.0, 4) { (name) }
                    }
                }
                (self.values(&names))
                figcaption { (self.summary(language)) }
            }
        }
    }

    fn legend(&self) -> Markup {
        html! {
            ul class="chart-legend" {
                @for (index, curve) in self.curves.iter().enumerate() { li class=(format!("key c{index}")) { (curve.name) } }
                @if let Some(level) = &self.level {
                    li class="key level" { (level.name) ": " (self.prefix) (grouped(level.value, self.decimals)) }
                }
            }
        }
    }

    /// The last value of each line.
    fn summary(&self, language: Language) -> String {
        let last = |curve: &Curve| {
            let (at, value) = curve.values.iter().enumerate().rev().find_map(|(at, value)| Some((at, (*value)?)))?;
            let (name, column) = (&curve.name, self.columns.get(at)?);
            Some(format!("{name}: {}{} ({column})", self.prefix, grouped(value, self.decimals)))
        };
        let values: Vec<String> = self.curves.iter().filter_map(last).collect();
        format!("{}{}", language.say("Last: ", "最新："), values.join(language.say("; ", "；")))
    }

    fn values(&self, names: &[&str]) -> Markup {
        let curves = self.curves.iter();
        let series = curves.map(|curve| Series::new(&curve.name, self.decimals, curve.values.iter().copied()));
        Crosshair { columns: Columns::Names(names.to_vec()), series: series.collect() }.render()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(values: Vec<Option<f64>>) -> Line {
        Line {
            label: "spend today, ¥".to_owned(),
            prefix: "¥",
            decimals: 2,
            columns: (0..values.len()).map(|hour| format!("{hour:02}:00")).collect(),
            curves: vec![Curve { name: "spent".to_owned(), values }],
            level: Some(Level { value: 10.0, name: "budget".to_owned() }),
            from_zero: true,
        }
    }

    #[test]
    fn a_hole_in_the_values_is_a_hole_in_the_line() {
        let page = chart(vec![Some(0.0), Some(5.0), None, Some(10.0)]).render(Language::English).into_string();
        assert!(page.contains("d=\"M5 360l0 0 10-172M35 16l0 0\""), "{page}");
        assert!(page.contains("Last: spent: ¥10.00 (03:00)"), "{page}");
        assert!(page.contains("budget: ¥10.00"), "{page}");
    }

    #[test]
    fn a_line_of_nothing_says_so() {
        for values in [vec![], vec![None, Some(f64::NAN)]] {
            assert!(chart(values).render(Language::English).into_string().contains("nothing to draw"));
        }
    }
}
