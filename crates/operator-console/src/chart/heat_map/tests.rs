use chrono::Days;

use super::*;

fn map(days: u64, rows: usize) -> HeatMap {
    let column = |day: u64| {
        let date = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap() + Days::new(day);
        let cell = |row: usize| HeatCell {
            state: HeatState::ALL[(row + day as usize) % 8],
            title: "tushare <x>: 5,478 of 5,482 rows".to_owned(),
        };
        HeatColumn { date, href: Some(format!("/console/days/{date}")), cells: (0..rows).map(cell).collect() }
    };
    HeatMap {
        label: "days and sources".to_owned(),
        rows: (0..rows).map(|row| format!("source {row}")).collect(),
        columns: (0..days).map(column).collect(),
    }
}

#[test]
fn sixty_days_of_six_sources_leave_room_for_the_page() {
    let page = map(60, 6).render(Language::English).into_string();
    assert!(page.len() < 40 * 1024, "{} bytes", page.len());
    assert_eq!(page.matches("<a href=\"/console/days/").count(), 60);
    assert!(!page.contains("style=") && !page.contains("<x>"));
}

#[test]
fn a_day_says_how_it_stands_without_its_colours() {
    let page = map(1, 3).render(Language::Chinese).into_string();
    assert!(page.contains("aria-label=\"2026-01-05: 1 完整，1 部分缺失，1 迟到\""), "{page}");
    assert!(page.contains("class=\"letter partial\" y=\"39\" x=\"45%\">~<"), "{page}");
}

#[test]
fn a_map_of_nothing_says_so() {
    assert!(map(0, 3).render(Language::English).into_string().contains("no days"));
    assert!(map(3, 0).render(Language::English).into_string().contains("no days"));
}
