//! A sheet as JSON: an array of objects, as FastAPI writes it (no spaces, Chinese unescaped).

use super::{
    faults::AktoolsFault,
    sheet::{Sheet, Value},
};
use crate::json::Json;

/// The body of an answer.
pub(super) fn body(sheet: &Sheet, faults: &[AktoolsFault]) -> Vec<u8> {
    let columns = columns(sheet, faults);
    let texts = faults.contains(&AktoolsFault::TextNumbers);
    let mut json = Json::with_capacity(sheet.rows.len() * columns.len() * 24 + 2);
    json.raw("[");
    let mut first = true;
    for (number, row) in sheet.rows.iter().enumerate() {
        if faults.contains(&AktoolsFault::EmptyTable) {
            break;
        }
        let copies = if faults.contains(&AktoolsFault::DifferingTwin(number)) { 2 } else { 1 };
        for copy in 0..copies {
            json.raw(if first { "" } else { "," });
            first = false;
            if faults.contains(&AktoolsFault::NotAnObject(number)) {
                json.integer(number as i64);
                continue;
            }
            json.raw("{");
            for (position, (at, name)) in columns.iter().enumerate() {
                json.raw(if position == 0 { "" } else { "," });
                json.text(name);
                json.raw(":");
                match junk(faults, number, sheet.columns[*at]) {
                    Some(text) => json.text(text),
                    None => cell(&mut json, &row.cells[*at], copy == 1, texts),
                }
            }
            json.raw("}");
        }
    }
    json.raw("]");
    json.into_bytes()
}

/// Position and name of each column, in the order in which they come.
fn columns(sheet: &Sheet, faults: &[AktoolsFault]) -> Vec<(usize, String)> {
    let mut columns: Vec<(usize, String)> =
        sheet.columns.iter().enumerate().map(|(at, name)| (at, (*name).to_owned())).collect();
    for fault in faults {
        match fault {
            AktoolsFault::DropColumn(dropped) => columns.retain(|(_, name)| name != dropped),
            AktoolsFault::RenameColumn { from, to } => {
                columns.iter_mut().filter(|(_, name)| name == from).for_each(|(_, name)| name.clone_from(to));
            }
            AktoolsFault::SwapColumns(one, other) => {
                for (_, name) in &mut columns {
                    if name == one {
                        name.clone_from(other);
                    } else if name == other {
                        name.clone_from(one);
                    }
                }
            }
            AktoolsFault::ReverseColumns => columns.reverse(),
            _ => {}
        }
    }
    columns
}

fn junk<'a>(faults: &'a [AktoolsFault], at: usize, name: &str) -> Option<&'a str> {
    faults.iter().find_map(|fault| match fault {
        AktoolsFault::Cell { row, column, text } if *row == at && column == name => Some(text.as_str()),
        _ => None,
    })
}

fn cell(json: &mut Json, value: &Value, doubled: bool, texts: bool) {
    let factor = if doubled { 2 } else { 1 };
    let quote = if texts { "\"" } else { "" };
    match value {
        Value::Null => json.null(),
        Value::Text(text) => json.text(text),
        Value::Day(day) => json.text(&format!("{day}T00:00:00.000")),
        Value::Number(scaled, decimals) => {
            json.raw(quote);
            json.fixed(*scaled * factor, *decimals);
            json.raw(quote);
        }
        Value::Integer(value) => {
            json.raw(quote);
            json.integer(*value * factor);
            json.raw(quote);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aktools::sheet::SheetRow;

    fn sheet() -> Sheet {
        let day = "2025-10-05".parse().unwrap();
        let cells = vec![Value::Day(day), Value::Number(-35, 1), Value::Null, Value::Integer(7)];
        Sheet {
            columns: vec!["日期", "今值", "前值", "数"],
            rows: vec![SheetRow { period: day, published: None, cells }],
            context: Vec::new(),
        }
    }

    fn text(faults: &[AktoolsFault]) -> String {
        String::from_utf8(body(&sheet(), faults)).unwrap()
    }

    #[test]
    fn a_table_looks_like_pandas_behind_fastapi() {
        assert_eq!(text(&[]), r#"[{"日期":"2025-10-05T00:00:00.000","今值":-3.5,"前值":null,"数":7}]"#);
        assert_eq!(text(&[AktoolsFault::EmptyTable]), "[]");
    }

    #[test]
    fn faults_bend_names_order_and_types() {
        assert_eq!(
            text(&[AktoolsFault::ReverseColumns, AktoolsFault::TextNumbers]),
            r#"[{"数":"7","前值":null,"今值":"-3.5","日期":"2025-10-05T00:00:00.000"}]"#
        );
        let swap = AktoolsFault::SwapColumns("今值".to_owned(), "数".to_owned());
        let drop = AktoolsFault::DropColumn("前值".to_owned());
        assert_eq!(text(&[swap, drop]), r#"[{"日期":"2025-10-05T00:00:00.000","数":-3.5,"今值":7}]"#);
        let twin = text(&[AktoolsFault::DifferingTwin(0)]);
        assert!(twin.contains("-3.5") && twin.contains("-7.0") && twin.contains(":14"), "{twin}");
    }
}
