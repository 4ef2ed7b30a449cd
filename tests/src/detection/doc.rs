//! The table, as text.

use std::fmt::Write as _;

use super::{CORRUPTIONS, Cell, DAY_CORRUPTIONS, Outcome, Place, Size};

/// The marks in the document between which the table stands.
const MARKS: (&str, &str) = ("<!-- detection:begin -->", "<!-- detection:end -->");

/// The section of the document: what was done, and the table.
pub fn markdown(size: Size, seeds: &[u64], outcome: &Outcome, command: &str) -> String {
    let mut text = String::new();
    let overall = outcome.overall();
    let seeds: Vec<String> = seeds.iter().map(u64::to_string).collect();
    let _ = writeln!(
        text,
        "Made by `{command}`: per seed a market of {} codes over the {} years up to {} ({} trading days), as two vendors \
         tell it; {} bars in all {} markets.\n\n\
         * The undamaged markets raise **{}** warnings and errors.\n\
         * Of {} injected corruptions **{}** are found: **{:.2} %**.\n",
        size.codes,
        size.years,
        size.last_day,
        outcome.days,
        outcome.bars,
        seeds.len(),
        outcome.false_alarms.len(),
        overall.injected,
        overall.caught,
        percent(&overall),
    );
    text.push_str(
        "Found means: a warning or an error about the code on a damaged day, or on the first bar after it. *Preferred* and \
         *second* are codes that both vendors have, damaged in the one whose rows are served or in the other; *alone* are \
         codes that only the one, or only the other, has.\n\n\
         | corruption | | injected | found | preferred | second | preferred, alone | second, alone | by |\n\
         | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n",
    );
    let all = CORRUPTIONS.iter().map(|one| (one.name, one.about));
    for (name, about) in all.chain(DAY_CORRUPTIONS.iter().map(|one| (one.name, one.about))) {
        let sum = outcome.of(name);
        let by_place = Place::ALL.map(|place| outcome.cells.get(&(name, place)).map_or("–".to_owned(), share));
        let _ = writeln!(
            text,
            "| {name} | {about} | {} | {} | {} | {} |",
            sum.injected,
            share(&sum),
            by_place.join(" | "),
            rules(&sum)
        );
    }
    let mended: usize = outcome.cells.values().map(|cell| cell.mended).sum();
    let _ = write!(
        text,
        "\nNot counted: what changes nothing (two equal digits, an event that is not there to drop), and {mended} cases in \
         which what is served stays right: the other vendor's row stands in for a missing one, and the reference price tells \
         the factor where nobody knows the event (which is kept as a fact, not as an alarm)."
    );
    text.push_str(BLIND_SPOTS);
    text
}

/// What no rule can find, in words.
const BLIND_SPOTS: &str = "\n\n\
    What is not found, nobody can see in the rows: an open, high or low that stays between the day's other prices and its \
    limits, and that no second vendor contradicts; a code's row mistaken for that of another share at nearly the same price, \
    volume and amount included; a dividend that no vendor lists, of a code whose only vendor sends no reference price, and \
    an adjustment by as little as that; the first ten days of a data set, when nothing is usual yet. A second source is the \
    remedy for all of them but the last.\n\n\
    The market is synthetic: mean prices lie in the middle half of the day's range, both vendors know the same days, and \
    there are no amounts in whole thousands and no resumptions without a limit. What the rules find in thirty real years of \
    000001.SZ is in `crates/quality-rules/tests/real_data.rs`.";

/// `document` with `section` between its marks; `None` if it has none.
pub fn written_into(document: &str, section: &str) -> Option<String> {
    let (before, rest) = document.split_once(MARKS.0)?;
    let (_, after) = rest.split_once(MARKS.1)?;
    Some(format!("{before}{}\n{}\n{}{after}", MARKS.0, section.trim_end(), MARKS.1))
}

fn percent(cell: &Cell) -> f64 {
    100.0 * cell.rate()
}

/// `97.5 %`, rounded down: all is said when it is all.
fn share(cell: &Cell) -> String {
    if cell.injected == 0 {
        return "–".to_owned();
    }
    let tenths = cell.caught * 1000 / cell.injected;
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// The rules that caught most, and how much of it; those that caught next to nothing are left out.
fn rules(cell: &Cell) -> String {
    let mut rules: Vec<(&str, usize)> = cell.by_rule.iter().map(|(rule, count)| (*rule, *count)).collect();
    rules.sort_by_key(|(rule, count)| (std::cmp::Reverse(*count), *rule));
    let percent = |count: usize| count * 100 / cell.injected.max(1);
    let often = rules.into_iter().map(|(rule, count)| (rule, percent(count))).filter(|(_, percent)| *percent > 0);
    let said: Vec<String> = often.take(5).map(|(rule, percent)| format!("`{rule}` {percent} %")).collect();
    said.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_section_replaces_what_stood_between_the_marks() {
        let document = "before\n<!-- detection:begin -->\nold\n<!-- detection:end -->\nafter\n";
        let expected = "before\n<!-- detection:begin -->\nnew\n<!-- detection:end -->\nafter\n";
        assert_eq!(written_into(document, "new\n").unwrap(), expected);
        assert_eq!(written_into("no marks", "new"), None);
    }

    #[test]
    fn a_share_is_rounded_down() {
        let cell = |injected, caught| Cell { injected, caught, ..Cell::default() };
        assert_eq!(
            [(1000, 999), (3, 2), (5, 5), (0, 0)].map(|(i, c)| share(&cell(i, c))),
            ["99.9 %", "66.6 %", "100.0 %", "–"]
        );
    }
}
