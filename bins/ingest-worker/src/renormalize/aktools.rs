//! AKTools' stored tables.

use warehouse::{RawResponse, ReleasedRow};

use super::Renormalized;

pub(super) fn read(response: &RawResponse, series: &[String]) -> Result<Renormalized, String> {
    let RawResponse { dataset, request, body, fetched_at, .. } = response;
    let is_wanted = |spec: &source_aktools::SeriesSpec| series.iter().any(|name| name == spec.name);
    let table = source_aktools::decode(request, body, *fetched_at, is_wanted).map_err(|error| error.to_string())?;
    let mut again = Renormalized::default();
    again.add(dataset, table.rows, table.rejected, ReleasedRow::Macro);
    Ok(again)
}
