//! Stacked bars: an amount per column, made of parts.

use maud::{Markup, html};

use super::{
    axis::{Axis, grid_line, names_below, percent},
    number::tick_text,
};
use crate::Language;

/// Heights in pixels: the bars, and with the names below them.
const BARS: f64 = 180.0;
const HEIGHT: f64 = 204.0;
/// More parts than these share the last colour.
const COLOURS: usize = 8;

/// A chart of amounts, usually one column per day.
#[derive(Debug, Clone, PartialEq)]
pub struct Bars {
    /// What it shows, in the reader's language: `Spend per day by model, ¥`.
    pub label: String,
    /// What stands before a number at the axis: `¥`, or nothing.
    pub prefix: &'static str,
    /// The names of the parts from the bottom up. One without a name needs no legend.
    pub series: Vec<String>,
    /// The columns from left to right.
    pub columns: Vec<BarsColumn>,
}

/// One bar.
#[derive(Debug, Clone, PartialEq)]
pub struct BarsColumn {
    /// The day, usually.
    pub name: String,
    /// A part per series, from the bottom up.
    pub parts: Vec<Part>,
    /// The whole, as it is written.
    pub total: String,
}

/// A part of a bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// How long it is; anything below zero, or not finite, is drawn as nothing.
    pub value: f64,
    /// How it is written, exactly: `¥12.345678`.
    pub text: String,
}

impl Bars {
    /// The chart with its legend and its numbers as a table that opens; a sentence where there is nothing.
    pub fn render(&self, language: Language) -> Markup {
        if self.columns.is_empty() {
            return html! { p class="empty" { (language.say("There is nothing to draw.", "没有可画的数据。")) } };
        }
        let totals = self.columns.iter().map(|column| column.parts.iter().map(Part::length).sum::<f64>());
        let axis = Axis::new(0.0, totals.fold(0.0, f64::max), 8.0, BARS - 8.0);
        let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        html! {
            figure class="chart bars" {
                (self.legend())
                div class="chart-plot" {
                    svg class="chart-canvas" role="img" aria-label=(self.label) width="100%" height=(HEIGHT) {
                        @for tick in axis.ticks(4) {
                            (grid_line(axis.y(tick.value), &format!("{}{}", self.prefix, tick_text(language, tick))))
                        }
                        @for (index, column) in self.columns.iter().enumerate() { (self.bar(&axis, index, column)) }
                        @for name in names_below(&names, HEIGHT - 6.0, 4) { (name) }
                    }
                }
                (self.table(language))
            }
        }
    }

    fn bar(&self, axis: &Axis, index: usize, column: &BarsColumn) -> Markup {
        let count = self.columns.len() as f64;
        let (x, width) = (percent((index as f64 + 0.1) / count), percent(0.8 / count));
        let mut below = 0.0;
        let mut parts = Vec::new();
        for (series, part) in column.parts.iter().enumerate().filter(|(_, part)| part.length() > 0.0) {
            let (bottom, top) = (axis.y(below), axis.y(below + part.length()));
            below += part.length();
            parts.push(html! {
                rect class=(format!("part s{}", series.min(COLOURS - 1))) y=(format!("{top:.1}")) width="100%"
                    height=(format!("{:.1}", (bottom - top).max(0.5))) {}
            });
        }
        html! {
            svg x=(x) y="0" width=(width) height=(BARS) {
                title {
                    (column.name) ": " (column.total)
                    @for (name, part) in self.series.iter().zip(&column.parts).filter(|(name, part)| {
                        !name.is_empty() && part.length() > 0.0
                    }) { "\n" (name) ": " (part.text) }
                }
                // The whole column answers the pointer, however short its bar.
                rect class="touch" width="100%" height="100%" {}
                @for part in parts { (part) }
            }
        }
    }

    fn legend(&self) -> Markup {
        html! {
            @if self.series.iter().any(|name| !name.is_empty()) {
                ul class="chart-legend" {
                    @for (series, name) in self.series.iter().enumerate() {
                        li class=(format!("key s{}", series.min(COLOURS - 1))) { (name) }
                    }
                }
            }
        }
    }

    fn table(&self, language: Language) -> Markup {
        let total = language.say("Total", "合计");
        html! {
            details class="chart-numbers" {
                summary { (language.say("The numbers", "数字")) }
                div class="table-wrap" {
                    table class="grid" {
                        caption class="visually-hidden" { (self.label) }
                        thead {
                            tr {
                                th scope="col" { (language.say("Day", "日期")) }
                                @for name in self.series.iter().filter(|name| !name.is_empty()) { th scope="col" { (name) } }
                                th scope="col" { (total) }
                            }
                        }
                        tbody {
                            @for column in self.columns.iter().rev() {
                                tr {
                                    th scope="row" { (column.name) }
                                    @for (name, part) in self.series.iter().zip(&column.parts) {
                                        @if !name.is_empty() { td class="num" data-label=(name) { (part.text) } }
                                    }
                                    td class="num" data-label=(total) { (column.total) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

impl Part {
    fn length(&self) -> f64 {
        if self.value.is_finite() { self.value.max(0.0) } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(days: usize) -> Bars {
        let part = |value: f64| Part { value, text: format!("¥{value:.4}") };
        let column = |day: usize| BarsColumn {
            name: format!("2026-04-{:02}", day + 1),
            parts: vec![part(day as f64), part(0.5)],
            total: format!("¥{:.4}", day as f64 + 0.5),
        };
        Bars {
            label: "spend & more".to_owned(),
            prefix: "¥",
            series: vec!["<a>".to_owned(), "b".to_owned()],
            columns: (0..days).map(column).collect(),
        }
    }

    #[test]
    fn parts_are_stacked_and_every_number_is_written_out() {
        let page = chart(3).render(Language::English).into_string();
        // 172 pixels for 2.5: a half is 34.4 high, and on the third day it lies upon 2.
        assert!(page.contains("<rect class=\"part s0\" y=\"42.4\" width=\"100%\" height=\"137.6\">"), "{page}");
        assert!(page.contains("<rect class=\"part s1\" y=\"8.0\" width=\"100%\" height=\"34.4\">"), "{page}");
        assert!(page.contains("<td class=\"num\" data-label=\"Total\">¥2.5000</td>"), "{page}");
        assert!(page.contains("data-label=\"&lt;a&gt;\"") && !page.contains("<a>"), "{page}");
    }

    #[test]
    fn a_days_few_thousandths_are_told_apart_at_the_axis() {
        let mut chart = chart(1);
        chart.columns[0].parts = vec![Part { value: 0.0138, text: "¥0.0138".to_owned() }];
        let page = chart.render(Language::English).into_string();
        for tick in [">¥0<", ">¥0.005<", ">¥0.010<"] {
            assert!(page.contains(tick), "{tick}: {page}");
        }
    }

    #[test]
    fn nothing_spent_is_no_bar_and_no_day_is_said() {
        let mut chart = chart(1);
        chart.columns[0].parts =
            vec![Part { value: f64::NAN, text: String::new() }, Part { value: -1.0, text: String::new() }];
        let page = chart.render(Language::Chinese).into_string();
        assert!(!page.contains("class=\"part") && !page.contains("NaN"), "{page}");
        chart.columns.clear();
        assert!(chart.render(Language::Chinese).into_string().contains("没有可画的数据"));
    }
}
