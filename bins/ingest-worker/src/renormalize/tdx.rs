//! TDX's stored frames.

use source_tdx::Stored;
use warehouse::{RawResponse, ReleasedRow};

use super::Renormalized;

pub(super) fn read(response: &RawResponse) -> Result<Renormalized, String> {
    let RawResponse { dataset, request, body, fetched_at, .. } = response;
    let mut again = Renormalized::default();
    match source_tdx::decode(dataset, request, body, *fetched_at).map_err(|error| error.to_string())? {
        Stored::Bars(bars) => {
            again.add(dataset, bars.rows, bars.rejected, ReleasedRow::Daily);
        }
        Stored::Actions(actions) => {
            again.add(dataset, actions.rows, actions.rejected, ReleasedRow::Action);
        }
        Stored::Claims(claims) => {
            again.add(dataset, claims.rows, claims.rejected, ReleasedRow::Fundamental);
        }
        _ => return Err(format!("rows of {dataset} are none of the warehouse's")),
    }
    Ok(again)
}
