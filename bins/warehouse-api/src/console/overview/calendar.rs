//! The calendar: trading days across, sources down.

use maud::{Markup, html};
use operator_console::{
    Language,
    chart::{HeatCell, HeatColumn, HeatMap, HeatState},
    ui::empty,
};

use crate::console::day_grid::{Cell, DayGrid, Standing};

/// The map; every day leads to its own page.
pub(super) fn calendar(language: Language, grid: &DayGrid) -> Markup {
    if grid.rows.is_empty() {
        let text = "No source has brought any daily bar yet.";
        return empty(language.say(text, "尚无任何数据源提供日线。"));
    }
    let column = |(place, day): (usize, &chrono::NaiveDate)| HeatColumn {
        date: *day,
        href: Some(format!("/console/days/{day}")),
        cells: grid.rows.iter().map(|(source, cells)| cell(language, source, &cells[place])).collect(),
    };
    let map = HeatMap {
        label: language.say("Trading days and sources", "交易日与数据源").to_owned(),
        rows: grid.rows.iter().map(|(source, _)| source.clone()).collect(),
        columns: grid.days.iter().enumerate().map(column).collect(),
    };
    let hint = "Counted are daily bars in the served generation. A source abroad has other holidays: its empty days say \
                nothing. Choose a day for its sources, missing codes and findings.";
    let zh = "统计的是当前数据版本中的日线。境外数据源的假期不同，其空白日不代表缺失。点选日期可查看各数据源、缺失代码与问题。";
    html! { (map.render(language)) p.hint { (language.say(hint, zh)) } }
}

fn cell(language: Language, source: &str, cell: &Cell) -> HeatCell {
    HeatCell { state: state(cell.standing), title: format!("{source}: {}", told(language, cell)) }
}

fn state(standing: Standing) -> HeatState {
    match standing {
        Standing::Complete | Standing::There => HeatState::Complete,
        Standing::Partial | Standing::Unpublished => HeatState::Partial,
        Standing::Withheld => HeatState::Withheld,
        Standing::Late => HeatState::Late,
        Standing::Missing => HeatState::Missing,
        Standing::NotDue => HeatState::NotDue,
        Standing::Nothing => HeatState::Nothing,
    }
}

/// How the cell stands, with its figures.
fn told(language: Language, cell: &Cell) -> String {
    let standing = cell.standing.name(language);
    match cell.figures(language) {
        Some(figures) => format!("{standing}, {figures}"),
        None if !cell.reason.is_empty() => format!("{standing}, {}", cell.reason),
        None => standing.to_owned(),
    }
}
