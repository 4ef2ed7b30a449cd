//! Reads what a question asks for and writes it in the format it asks for.

use axum::http::{HeaderName, HeaderValue, header};
use warehouse::{Generation, Missing, WarehouseError};

use super::{curated::Curated, export, meta, normalized, query::DailyQuery, raw};
use crate::{
    answer::attachment,
    query::{Format, Layer},
    timing::Timing,
};

/// An answer's bytes, and the headers that carry what the format has no room for.
pub(super) struct Written {
    pub(super) bytes: Vec<u8>,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
}

/// Answers `query` from `generation`. Blocks for every layer but a curated one that is in memory.
pub(super) fn answer(
    generation: &Generation,
    query: &DailyQuery,
    timing: &mut Timing,
) -> Result<Written, WarehouseError> {
    let (code, from, to) = (&query.code, query.range.start, query.range.end);
    match query.layer {
        Layer::Curated => {
            let curated = timing.reading(|| Curated::read(generation, query))?;
            let bytes = match query.format {
                Format::Json => return Ok(json(curated.json(generation, query))),
                Format::Csv => curated.csv(generation, query),
                Format::Arrow | Format::Parquet => export::curated(&curated, generation, query)?,
            };
            let mut headers = meta::headers(curated.anchor.as_ref(), &curated.missing);
            headers.extend(disposition(query));
            Ok(Written { bytes, headers })
        }
        Layer::Normalized => {
            let (rows, missing) = timing.reading(|| -> Result<_, WarehouseError> {
                Ok((generation.normalized(code, from, to)?, generation.missing(code, from, to)?))
            })?;
            let bytes = match query.format {
                Format::Json => return Ok(json(normalized::json(&rows, &missing, generation, query))),
                Format::Csv => normalized::csv(&rows),
                Format::Arrow | Format::Parquet => export::normalized(&rows, query)?,
            };
            Ok(file(bytes, &missing, query))
        }
        Layer::Raw => {
            let (rows, missing) = timing.reading(|| -> Result<_, WarehouseError> {
                Ok((generation.raw_rows(code, from, to)?, generation.missing(code, from, to)?))
            })?;
            let bytes = match query.format {
                Format::Json => return Ok(json(raw::json(&rows, &missing, generation, query))),
                Format::Csv => raw::csv(&rows),
                Format::Arrow | Format::Parquet => export::raw(&rows, query)?,
            };
            Ok(file(bytes, &missing, query))
        }
    }
}

fn json(bytes: Vec<u8>) -> Written {
    Written { bytes, headers: Vec::new() }
}

fn file(bytes: Vec<u8>, missing: &[Missing], query: &DailyQuery) -> Written {
    let mut headers = meta::headers(None, missing);
    headers.extend(disposition(query));
    Written { bytes, headers }
}

fn disposition(query: &DailyQuery) -> Option<(HeaderName, HeaderValue)> {
    Some((header::CONTENT_DISPOSITION, attachment(&query.file_name())?))
}
