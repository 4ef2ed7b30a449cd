//! A mapped series file.

use std::{
    collections::HashMap,
    fs::File,
    path::{Path, PathBuf},
    sync::{
        OnceLock,
        atomic::{AtomicU8, Ordering},
    },
};

use market_model::{Code, FactorBasis};
use memmap2::Mmap;
use sha2::{Digest, Sha256};

use super::{
    block::Block,
    format::{ENTRY_BYTES, Entry, HEADER_BYTES, Header},
};
use crate::WarehouseError;

const UNCHECKED: u8 = 0;
const WHOLE: u8 = 1;
const BROKEN: u8 = 2;

/// An open series file. Header and index are checked when it is opened, each block when it is first used, so that opening
/// takes a few milliseconds and a flipped bit is still never served.
#[derive(Debug)]
pub(crate) struct SeriesFile {
    path: PathBuf,
    map: Mmap,
    header: Header,
    entries: Vec<Entry>,
    by_code: HashMap<Code, u32>,
    sources: Vec<String>,
    checked: Vec<AtomicU8>,
    first_damage: OnceLock<String>,
}

impl SeriesFile {
    /// Maps the file.
    ///
    /// # Errors
    /// `Damaged` if it is absent, cut short, or its header or index is not what was written.
    pub(crate) fn open(path: &Path) -> Result<Self, WarehouseError> {
        let damaged = |detail: String| WarehouseError::Damaged { file: path.to_owned(), detail };
        let file = File::open(path).map_err(|error| damaged(error.to_string()))?;
        let map = map(&file).map_err(|error| damaged(error.to_string()))?;
        let header = Header::decode(&map).map_err(damaged)?;
        let index = usize::try_from(header.index_offset).ok().and_then(|at| map.get(at..));
        let index = index.ok_or_else(|| damaged("its index lies outside the file".to_owned()))?;
        if Sha256::digest(index)[..] != header.index_sha256 {
            return Err(damaged("the index's checksum does not hold".to_owned()));
        }
        let (entries, sources) = read_index(&header, index).map_err(damaged)?;
        let mut by_code = HashMap::with_capacity(entries.len());
        for (at, entry) in entries.iter().enumerate() {
            let text = entry.code.split(|b| *b == 0).next().and_then(|text| std::str::from_utf8(text).ok());
            let code =
                text.and_then(|text| text.parse().ok()).ok_or_else(|| damaged("a code is malformed".to_owned()))?;
            by_code.insert(code, at as u32);
        }
        let checked = entries.iter().map(|_| AtomicU8::new(UNCHECKED)).collect();
        let path = path.to_owned();
        Ok(Self { path, map, header, entries, by_code, sources, checked, first_damage: OnceLock::new() })
    }

    /// The columns of `code`; `None` if the file has no bar of it.
    ///
    /// # Errors
    /// `Damaged` if the block is not what was written.
    pub(crate) fn block(&self, code: &Code) -> Result<Option<Block<'_>>, WarehouseError> {
        let Some(&at) = self.by_code.get(code) else { return Ok(None) };
        let entry = &self.entries[at as usize];
        let state = &self.checked[at as usize];
        match state.load(Ordering::Acquire) {
            WHOLE => self.cut(entry).map(Some).map_err(|detail| self.damage(code, detail)),
            BROKEN => Err(self.damage(code, "the block's checksum does not hold".to_owned())),
            _ => match self.check(entry) {
                Ok(block) => {
                    state.store(WHOLE, Ordering::Release);
                    Ok(Some(block))
                }
                Err(detail) => {
                    state.store(BROKEN, Ordering::Release);
                    Err(self.damage(code, detail))
                }
            },
        }
    }

    /// The last day of `code`, the factor then, and where its factor is 1. Needs the index only.
    pub(crate) fn last(&self, code: &Code) -> Option<(i32, f64, FactorBasis)> {
        let entry = &self.entries[*self.by_code.get(code)? as usize];
        Some((entry.last_day, entry.last_factor, entry.basis))
    }

    /// How many bars of `code` it has. Needs the index only.
    pub(crate) fn rows(&self, code: &Code) -> usize {
        self.by_code.get(code).map_or(0, |at| self.entries[*at as usize].shape.rows as usize)
    }

    /// Every code in the file, in no particular order.
    pub(crate) fn codes(&self) -> impl Iterator<Item = &Code> {
        self.by_code.keys()
    }

    /// Whether the file has bars of `code`.
    pub(crate) fn contains(&self, code: &Code) -> bool {
        self.by_code.contains_key(code)
    }

    /// The names behind the source numbers.
    pub(crate) fn sources(&self) -> &[String] {
        &self.sources
    }

    /// What was first found to be wrong since the file was opened.
    pub(crate) fn first_damage(&self) -> Option<&str> {
        self.first_damage.get().map(String::as_str)
    }

    /// Checks every block.
    ///
    /// # Errors
    /// `Damaged` for the first one that is not what was written.
    pub(crate) fn check_all(&self) -> Result<(), WarehouseError> {
        self.by_code.keys().try_for_each(|code| self.block(code).map(drop))
    }

    fn cut(&self, entry: &Entry) -> Result<Block<'_>, String> {
        Block::cut(self.bytes(entry)?, entry.shape)
    }

    fn check(&self, entry: &Entry) -> Result<Block<'_>, String> {
        if entry.seal(self.bytes(entry)?) != entry.hash {
            return Err("the block's checksum does not hold".to_owned());
        }
        let block = self.cut(entry)?;
        block.check(self.header.sources)?;
        if block.days.last() != Some(&entry.last_day) {
            return Err("its last day is not the index's".to_owned());
        }
        Ok(block)
    }

    fn bytes(&self, entry: &Entry) -> Result<&[u8], String> {
        let start = usize::try_from(entry.offset).map_err(|error| error.to_string())?;
        let len = usize::try_from(entry.shape.block_len()).map_err(|error| error.to_string())?;
        let end = start.checked_add(len).ok_or("a block lies outside the file")?;
        self.map.get(start..end).ok_or_else(|| "a block lies outside the file".to_owned())
    }

    fn damage(&self, code: &Code, detail: String) -> WarehouseError {
        let detail = format!("{code}: {detail}");
        self.first_damage.get_or_init(|| {
            tracing::warn!(file = %self.path.display(), detail, "series file is damaged, DuckDB answers instead: {detail}");
            detail.clone()
        });
        WarehouseError::Damaged { file: self.path.clone(), detail }
    }
}

#[expect(
    unsafe_code,
    reason = "mapping a file needs it; the files are written under another name and never changed after"
)]
fn map(file: &File) -> std::io::Result<Mmap> {
    // SAFETY: a series file is complete before it gets its name and is never written again, only unlinked, which leaves the
    // mapping whole. Whatever its bytes are, they are only read as integers and doubles, of which every pattern is valid.
    unsafe { Mmap::map(file) }
}

fn read_index(header: &Header, index: &[u8]) -> Result<(Vec<Entry>, Vec<String>), String> {
    let entries_len = (header.codes as usize).checked_mul(ENTRY_BYTES).ok_or("too many codes")?;
    let (entry_bytes, mut names) = index.split_at_checked(entries_len).ok_or("its index is cut short")?;
    let mut entries = Vec::with_capacity(header.codes as usize);
    let mut end = HEADER_BYTES as u64;
    let mut rows = 0;
    for bytes in entry_bytes.chunks_exact(ENTRY_BYTES) {
        let entry = Entry::decode(bytes)?;
        let ascends = entries.last().is_none_or(|last: &Entry| last.code < entry.code);
        if !ascends || entry.offset != end || entry.shape.rows == 0 {
            return Err("its index is inconsistent".to_owned());
        }
        end = entry.offset.checked_add(entry.shape.block_len()).ok_or("its index is inconsistent")?;
        rows += u64::from(entry.shape.rows);
        entries.push(entry);
    }
    if end != header.index_offset || rows != header.rows {
        return Err("its index is inconsistent".to_owned());
    }
    let mut sources = Vec::new();
    for _ in 0..header.sources {
        let (len, rest) = names.split_first_chunk::<2>().ok_or("a source's name is cut short")?;
        let len = usize::from(u16::from_le_bytes(*len));
        let (name, rest) = rest.split_at_checked(len).ok_or("a source's name is cut short")?;
        sources.push(String::from_utf8(name.to_vec()).map_err(|error| error.to_string())?);
        names = rest;
    }
    Ok((entries, sources))
}
