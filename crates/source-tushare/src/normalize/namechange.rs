//! `namechange` → [`InstrumentName`]: one row per name and first day, each ending before the next begins.
//!
//! The vendor repeats itself: a name comes once with its last day and once without, from the time when it was the newest
//! one. Old rows overlap by a day, and two names may begin on one day.

use std::collections::{BTreeMap, btree_map::Entry};

use chrono::NaiveDate;
use market_model::{Code, InstrumentName};

use super::{BadCell, RowReader};
use crate::{Fetched, Row};

/// One line of the vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    name: InstrumentName,
    announced: Option<NaiveDate>,
}

pub(crate) fn line(row: &RowReader<'_>, asked: Option<Code>) -> Result<Line, BadCell> {
    let code = row.code()?;
    if asked.is_some_and(|asked| asked != code) {
        return Err(row.bad("ts_code", "was not asked for"));
    }
    let (from, until) = (row.date("start_date")?, row.optional_date("end_date")?);
    if until.is_some_and(|until| until < from) {
        return Err(row.bad("end_date", "is before start_date"));
    }
    let name = InstrumentName::new(code, row.text("name")?, from, until);
    Ok(Line { name, announced: row.optional_date("ann_date")? })
}

/// The names of each code one after the other.
///
/// Of the lines that begin a code's name on one day the one announced last counts, of equal ones the one that tells its
/// last day, and then the first in the answer. A name ends where its line says so, and at the latest on the day before
/// the next one begins; where the vendor tells no end, the next one's beginning is it.
pub(crate) fn settled(lines: Fetched<Line>) -> Fetched<InstrumentName> {
    let mut newest: BTreeMap<(Code, NaiveDate), Row<Line>> = BTreeMap::new();
    for row in lines.rows {
        match newest.entry((row.value.name.code, row.value.name.from)) {
            Entry::Vacant(entry) => {
                entry.insert(row);
            }
            Entry::Occupied(mut entry) if weight(&entry.get().value) < weight(&row.value) => {
                entry.insert(row);
            }
            Entry::Occupied(_) => {}
        }
    }
    let mut rows: Vec<Row<InstrumentName>> =
        newest.into_values().map(|Row { value, page, row }| Row { value: value.name, page, row }).collect();
    let next: Vec<Option<NaiveDate>> =
        rows.windows(2).map(|pair| (pair[0].value.code == pair[1].value.code).then_some(pair[1].value.from)).collect();
    for (row, next) in rows.iter_mut().zip(next) {
        if let Some(last) = next.and_then(|next| next.pred_opt()) {
            row.value.until = Some(row.value.until.map_or(last, |until| until.min(last)));
        }
    }
    Fetched { rows, rejected: lines.rejected, pages: lines.pages, suspect_rows: 0 }
}

/// What decides between lines of one day: a later announcement, then a known end.
fn weight(line: &Line) -> (Option<NaiveDate>, bool) {
    (line.announced, line.name.until.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Api, normalize::testing::row};

    fn line_of(json: &str) -> Result<Line, BadCell> {
        row(Api::Namechange, json, |row| line(row, Some("002122.SZ".parse().unwrap())))
    }

    /// `name from until announced`, an underscore where the vendor sends null; newest first, as the vendor does.
    fn names(lines: &[&str]) -> Vec<String> {
        let cell = |text: &str| if text == "_" { "null".to_owned() } else { format!("\"{text}\"") };
        let parse = |text: &&str| {
            let cells: Vec<String> = text.split(' ').map(cell).collect();
            let json = format!("[\"002122.SZ\",{},\"其他\"]", cells.join(","));
            line_of(&json).unwrap()
        };
        let lines = (0..).zip(lines.iter().map(parse)).map(|(row, value)| Row { value, page: 0, row }).collect();
        let day = |date: NaiveDate| date.format("%Y%m%d").to_string();
        let show = |row: Row<InstrumentName>| {
            let InstrumentName { name, from, until, special_treatment, .. } = row.value;
            let until = until.map_or("_".to_owned(), day);
            format!("{}: {name} {} {until}{}", row.row, day(from), if special_treatment { " st" } else { "" })
        };
        settled(Fetched { rows: lines, ..Fetched::default() }).rows.into_iter().map(show).collect()
    }

    #[test]
    fn the_real_rows_of_002122_with_their_repetitions_are_one_name_after_the_other() {
        let real = [
            "天马股份 20230228 _ 20230227",
            "ST天马 20230110 _ 20230107",
            "ST天马 20230110 20230227 20230107",
            "*ST天马 20221102 _ 20221101",
            "*ST天马 20221102 20230109 20221101",
            "ST天马 20210616 _ 20210615",
            "ST天马 20210616 20221101 20210615",
            "*ST天马 20180503 _ 20180502",
            "*ST天马 20180503 20210615 20180502",
            "天马股份 20070328 20180502 _",
        ];
        assert_eq!(
            names(&real),
            [
                "9: 天马股份 20070328 20180502",
                "8: *ST天马 20180503 20210615 st",
                "6: ST天马 20210616 20221101 st",
                "4: *ST天马 20221102 20230109 st",
                "2: ST天马 20230110 20230227 st",
                "0: 天马股份 20230228 _",
            ]
        );
    }

    #[test]
    fn a_name_ends_before_the_next_begins_whatever_its_line_says() {
        assert_eq!(
            names(&["*ST甲 20190430 _ _", "甲 20051201 20190501 _", "G甲 20051104 _ _"]),
            ["2: G甲 20051104 20051130", "1: 甲 20051201 20190429", "0: *ST甲 20190430 _ st"]
        );
        assert_eq!(names(&["乙 20200110 _ _", "甲 20200101 20200105 _"])[0], "1: 甲 20200101 20200105", "a gap stays");
    }

    #[test]
    fn of_two_names_from_one_day_the_one_announced_last_counts() {
        assert_eq!(names(&["甲 20200101 _ 20191230", "乙 20200101 _ 20191231"]), ["1: 乙 20200101 _"]);
        assert_eq!(names(&["乙 20200101 _ 20191231", "甲 20200101 20200301 20191230"]), ["0: 乙 20200101 _"]);
    }

    #[test]
    fn a_line_without_its_code_name_or_day_is_refused_with_the_column() {
        const ROW: &str = r#"["002122.SZ","ST天马","20230110","20230227","20230107","撤销*ST"]"#;
        let reason = |json: String| line_of(&json).unwrap_err().reason;
        assert!(line_of(ROW).unwrap().name.special_treatment);
        assert_eq!(reason(ROW.replace("002122.SZ", "002123.SZ")), "ts_code was not asked for");
        assert_eq!(reason(ROW.replace("ST天马", "")), "name is missing");
        assert_eq!(reason(ROW.replace("\"20230110\"", "null")), "start_date is missing");
        assert_eq!(reason(ROW.replace("20230227", "20230109")), "end_date is before start_date");
    }
}
