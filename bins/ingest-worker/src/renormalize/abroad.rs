//! Stored responses of the vendors of global bars.

use warehouse::{RawResponse, ReleasedRow};

use super::Renormalized;

/// The name under which Yahoo's client refuses events: they have places of their own in the response.
const EVENTS: &str = "events";

pub(super) fn read_yahoo(response: &RawResponse) -> Result<Renormalized, String> {
    let RawResponse { dataset, request, body, fetched_at, .. } = response;
    let history = source_yahoo::decode(request, body, *fetched_at).map_err(|error| error.to_string())?;
    let mut again = Renormalized::default();
    again.add(dataset, history.bars, history.rejected, ReleasedRow::Daily);
    again.add_rows(EVENTS, history.actions, ReleasedRow::Action);
    Ok(again)
}

pub(super) fn read_alpha_vantage(response: &RawResponse) -> Result<Renormalized, String> {
    let RawResponse { dataset, request, body, fetched_at, .. } = response;
    let history = source_alpha_vantage::decode(request, body, *fetched_at).map_err(|error| error.to_string())?;
    let mut again = Renormalized::default();
    again.add(dataset, history.bars, history.rejected, ReleasedRow::Daily);
    again.add_rows(dataset, history.actions, ReleasedRow::Action);
    Ok(again)
}
