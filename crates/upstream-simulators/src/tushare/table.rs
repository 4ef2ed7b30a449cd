//! Rows, as the vendor's answers hold them: the wanted columns in the wanted order, one page, bent by the faults.

use chrono::NaiveDate;

use super::{
    damage::write_cell,
    faults::{Bend, Fault},
    refusal::Refusal,
    request::Request,
};
use crate::json::Json;

/// A column and whether it comes without being named.
pub(crate) type Column = (&'static str, bool);

/// A row of one api.
pub(crate) trait Row {
    /// In the order of the vendor's documentation.
    const COLUMNS: &'static [Column];

    /// The code it is about; what [`Fault::KeepPercent`] chooses by.
    fn key(&self) -> &str;

    /// The trading day it is about, if it is about one.
    fn date(&self) -> Option<NaiveDate> {
        None
    }

    /// Writes the cell of one of [`Row::COLUMNS`].
    fn cell(&self, column: &str, out: &mut Json);
}

/// The `data` of an answer.
pub(crate) struct Table {
    pub(crate) fields: Vec<String>,
    /// The rows as JSON, without the outer brackets.
    pub(crate) items: Vec<u8>,
    pub(crate) rows: usize,
    pub(crate) has_more: bool,
}

impl Table {
    /// The page of `rows` that the request asks for, of at most `row_limit` rows.
    pub(crate) fn page<R: Row>(
        mut rows: Vec<R>,
        request: &Request,
        row_limit: usize,
        bend: &Bend,
        call_number: usize,
    ) -> Result<Self, Refusal> {
        let offset = request.count("offset")?.unwrap_or(0);
        let limit = request.count("limit")?.filter(|limit| *limit > 0).unwrap_or(row_limit).min(row_limit);
        let order = bent_order(&mut rows, bend, call_number);
        let end = offset.saturating_add(limit).min(order.len());
        let page = order.get(offset..end).unwrap_or(&[]);

        let columns = columns::<R>(&request.fields, bend);
        let damages = bend.damages();
        let mut items = Json::with_capacity(page.len() * columns.len() * 12);
        for (number, &row) in page.iter().enumerate() {
            items.raw(if number == 0 { "[" } else { ",[" });
            for (position, (column, _)) in columns.iter().enumerate() {
                if position > 0 {
                    items.raw(",");
                }
                write_cell(&rows[row], column, &damages, &mut items);
            }
            items.raw("]");
        }
        let fields = columns.into_iter().map(|(_, name)| name).collect();
        Ok(Self { fields, items: items.into_bytes(), rows: page.len(), has_more: end < order.len() })
    }
}

/// The wanted columns that exist, in the wanted order, each with the name it comes under. Unknown ones are ignored.
fn columns<R: Row>(fields: &str, bend: &Bend) -> Vec<(&'static str, String)> {
    let wanted: Vec<&str> = fields.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    let chosen: Vec<&'static str> = if wanted.is_empty() {
        R::COLUMNS.iter().filter(|(_, default)| *default).map(|(name, _)| *name).collect()
    } else {
        wanted.iter().filter_map(|name| R::COLUMNS.iter().find(|(column, _)| column == name).map(|(c, _)| *c)).collect()
    };
    let mut columns: Vec<(&'static str, String)> = chosen.into_iter().map(|name| (name, name.to_owned())).collect();
    for fault in &bend.faults {
        match fault {
            // No row knows a column without a name, so its cells are null.
            Fault::ExtraColumn(name) => columns.insert(0, ("", name.clone())),
            Fault::DropColumn(dropped) => columns.retain(|(name, _)| name != dropped),
            Fault::RenameColumn { from, to } => {
                columns.iter_mut().filter(|(name, _)| name == from).for_each(|(_, shown)| shown.clone_from(to));
            }
            _ => {}
        }
    }
    columns
}

/// Which rows come, in which order.
fn bent_order<R: Row>(rows: &mut Vec<R>, bend: &Bend, call_number: usize) -> Vec<usize> {
    let mut duplicate = false;
    let mut shuffle = false;
    for fault in &bend.faults {
        match fault {
            Fault::NoRows => rows.clear(),
            Fault::KeepPercent(percent) => rows.retain(|row| hash(row.key(), 0) % 100 < u64::from(*percent)),
            Fault::DuplicateRows => duplicate = true,
            Fault::Unsorted => shuffle = true,
            _ => {}
        }
    }
    let copies = |row: usize| if duplicate && row.is_multiple_of(7) { 2 } else { 1 };
    let mut order: Vec<usize> = (0..rows.len()).flat_map(|row| std::iter::repeat_n(row, copies(row))).collect();
    if shuffle {
        order.sort_by_cached_key(|row| hash(rows[*row].key(), (call_number as u64) << 32 | *row as u64));
    }
    order
}

fn hash(key: &str, salt: u64) -> u64 {
    let seed = 0xcbf2_9ce4_8422_2325 ^ salt.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = key.bytes().fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    mixed ^ mixed >> 29
}
