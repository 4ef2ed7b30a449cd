//! Days across, sources down, and in each cell how the day stands.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::{
    axis::percent,
    path::{DETAIL, Path},
};
use crate::Language;

/// Heights in pixels: a row, its cell, the names of the days.
const ROW: usize = 24;
const CELL: usize = 20;
const FOOT: usize = 22;
/// Units of the drawing per day, and those between two.
const SLOT: f64 = 10.0;
const GAP: f64 = 1.0;
/// So many days have their names below.
const NAMES: usize = 10;

/// A calendar of rows and days.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatMap {
    /// What it shows, in the reader's language.
    pub label: String,
    /// The rows' names from top to bottom.
    pub rows: Vec<String>,
    /// The days, ascending.
    pub columns: Vec<HeatColumn>,
}

/// One day.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatColumn {
    /// The day.
    pub date: NaiveDate,
    /// Where a click leads.
    pub href: Option<String>,
    /// A cell per row.
    pub cells: Vec<HeatCell>,
}

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatCell {
    /// How it stands.
    pub state: HeatState,
    /// The same with its figures, in the reader's language: `tushare: 5,478 of 5,482 rows`.
    pub title: String,
}

/// How a day of a source stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HeatState {
    /// Everything that is expected is there.
    Complete,
    /// Some is missing, the rest is served.
    Partial,
    /// It came, or comes, after it was due.
    Late,
    /// It is there and waits for the next publish.
    Unpublished,
    /// It is there and held back.
    Withheld,
    /// It was due and is not there.
    Missing,
    /// It is not due yet.
    NotDue,
    /// Nothing is expected of this source on this day.
    Nothing,
}

impl HeatState {
    /// Every state, the best first.
    pub const ALL: [Self; 8] = [
        Self::Complete,
        Self::Partial,
        Self::Late,
        Self::Unpublished,
        Self::Withheld,
        Self::Missing,
        Self::NotDue,
        Self::Nothing,
    ];

    /// Its name in the legend.
    pub fn name(self, language: Language) -> &'static str {
        match self {
            Self::Complete => language.say("complete", "完整"),
            Self::Partial => language.say("some missing", "部分缺失"),
            Self::Late => language.say("late", "迟到"),
            Self::Unpublished => language.say("not published yet", "尚未发布"),
            Self::Withheld => language.say("withheld", "暂不发布"),
            Self::Missing => language.say("missing", "缺失"),
            Self::NotDue => language.say("not due yet", "未到时间"),
            Self::Nothing => language.say("nothing expected", "无需数据"),
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Late => "late",
            Self::Unpublished => "unpublished",
            Self::Withheld => "withheld",
            Self::Missing => "missing",
            Self::NotDue => "not-due",
            Self::Nothing => "nothing",
        }
    }

    /// What stands in the cell beside its colour; nothing for what needs no attention.
    fn letter(self) -> Option<&'static str> {
        match self {
            Self::Complete | Self::Nothing => None,
            Self::Partial => Some("~"),
            Self::Late => Some("!"),
            Self::Unpublished => Some("^"),
            Self::Withheld => Some("="),
            Self::Missing => Some("×"),
            Self::NotDue => Some("·"),
        }
    }
}

impl HeatMap {
    /// The map with its legend; a sentence where there are no days.
    pub fn render(&self, language: Language) -> Markup {
        if self.columns.is_empty() || self.rows.is_empty() {
            return html! { p class="empty" { (language.say("There are no days to show.", "没有可显示的日期。")) } };
        }
        let height = self.rows.len() * ROW + FOOT;
        html! {
            figure class="chart heat-map" {
                (self.legend(language))
                div class="heat-body" {
                    ol class="heat-rows" { @for name in &self.rows { li { (name) } } }
                    // A strip wider than the screen begins at its end: the newest days are what one looks for.
                    div class="chart-scroll" {
                        div class="chart-plot" {
                            // A group, not an image: its days are links.
                            svg class="chart-canvas" role="group" aria-label=(self.label) width="100%" height=(height) {
                                (self.cells())
                                (self.letters())
                                @for (index, column) in self.columns.iter().enumerate() {
                                    (self.day(language, index, column))
                                }
                                (self.days_below(height))
                            }
                        }
                    }
                }
            }
        }
    }

    /// The cells, a path per state.
    fn cells(&self) -> Markup {
        let state_of = |column: &HeatColumn, row: usize| column.cells.get(row).map(|cell| cell.state);
        let draw = |state: HeatState| {
            let mut path = Path::default();
            for (index, column) in self.columns.iter().enumerate() {
                for row in (0..self.rows.len()).filter(|row| state_of(column, *row) == Some(state)) {
                    let top = (row * ROW) as f64;
                    path.rectangle(index as f64 * SLOT, SLOT - GAP, (top, top + CELL as f64));
                }
            }
            path.finish()
        };
        let height = self.rows.len() * ROW;
        let view_box = format!("0 0 {} {}", self.columns.len() as f64 * SLOT, height as f64 * DETAIL);
        html! {
            svg x="0" y="0" width="100%" height=(height) viewBox=(view_box) preserveAspectRatio="none" {
                @for state in HeatState::ALL {
                    @if let Some(d) = draw(state) { path class=(state.class()) d=(d) {} }
                }
            }
        }
    }

    /// The letters of the cells that need attention, a text per row and state: it lists where each one stands.
    fn letters(&self) -> Markup {
        let places = |row: usize, state: HeatState| {
            let columns = self.columns.iter().enumerate();
            let there =
                columns.filter(move |(_, column)| column.cells.get(row).is_some_and(|cell| cell.state == state));
            there.map(|(index, _)| self.middle(index)).collect::<Vec<_>>()
        };
        html! {
            @for row in 0..self.rows.len() {
                @for state in HeatState::ALL {
                    @let places = places(row, state);
                    @if let Some(letter) = state.letter().filter(|_| !places.is_empty()) {
                        text class=(format!("letter {}", state.class())) y=(row * ROW + 15) x=(places.join(" ")) {
                            (letter.repeat(places.len()))
                        }
                    }
                }
            }
        }
    }

    /// What answers the pointer and the keyboard: the whole day, with all that is known of it.
    fn day(&self, language: Language, index: usize, column: &HeatColumn) -> Markup {
        let count = self.columns.len() as f64;
        let inner = html! {
            title {
                (column.date)
                @for cell in &column.cells { "\n" (cell.title) }
            }
            rect class="touch" x=(percent(index as f64 / count)) width=(percent(0.9 / count)) height=(self.rows.len() * ROW) {}
        };
        html! {
            @match &column.href {
                Some(href) => a href=(href) aria-label=(column.spoken(language)) { (inner) },
                None => g role="img" aria-label=(column.spoken(language)) { (inner) },
            }
        }
    }

    fn middle(&self, index: usize) -> String {
        percent((index as f64 + 0.45) / self.columns.len() as f64)
    }

    /// The newest day and every so many before it.
    fn days_below(&self, height: usize) -> Markup {
        let count = self.columns.len();
        let name = |index: usize| self.columns[index].date.format("%m-%d").to_string();
        let every = count.div_ceil(NAMES).max(1);
        // Counted from the newest day: that one is named always.
        let places: Vec<usize> = (0..count).rev().step_by(every).collect();
        html! {
            @for place in places {
                text class="tick" x=(self.middle(place)) y=(height - 6) text-anchor="middle" {
                    (name(place))
                }
            }
        }
    }

    fn legend(&self, language: Language) -> Markup {
        let cells = || self.columns.iter().flat_map(|column| &column.cells);
        let there = |state: &HeatState| cells().any(|cell| cell.state == *state);
        html! {
            ul class="chart-legend" {
                @for state in HeatState::ALL.into_iter().filter(there) {
                    li {
                        svg class="cell-key" width="16" height="16" aria-hidden="true" {
                            rect class=(state.class()) width="16" height="16" {}
                            @if let Some(letter) = state.letter() { text class="letter" x="8" y="12" { (letter) } }
                        }
                        (state.name(language))
                    }
                }
            }
        }
    }
}

impl HeatColumn {
    /// The day and how many of its cells stand how: `2026-04-28: 4 complete, 1 missing`.
    fn spoken(&self, language: Language) -> String {
        let count = |state: HeatState| (state, self.cells.iter().filter(|cell| cell.state == state).count());
        let counts = HeatState::ALL.into_iter().map(count).filter(|(_, count)| *count > 0);
        let counts: Vec<String> = counts.map(|(state, count)| format!("{count} {}", state.name(language))).collect();
        format!("{}: {}", self.date, counts.join(language.say(", ", "，")))
    }
}

#[cfg(test)]
mod tests;
