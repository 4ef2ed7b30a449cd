//! Tushare's stored responses.

use source_tushare::Stored;
use warehouse::{RawResponse, ReleasedRow};

use super::Renormalized;

pub(super) fn read(response: &RawResponse) -> Result<Renormalized, String> {
    let dataset = response.dataset.as_str();
    let stored = source_tushare::decode(dataset, &response.request, &response.body);
    let mut again = Renormalized::default();
    match stored.map_err(|error| error.to_string())? {
        Stored::Bars(bars) => {
            if dataset == "daily" {
                again.lacks_factors_of = Renormalized::day_of_bars(bars.rows.iter().map(|row| &row.value));
            }
            again.add(dataset, bars.rows, bars.rejected, ReleasedRow::Daily);
        }
        Stored::Basics(basics) => {
            again.add(dataset, basics.rows, basics.rejected, ReleasedRow::Basic);
        }
        Stored::Suspensions(suspensions) => {
            again.add(dataset, suspensions.rows, suspensions.rejected, ReleasedRow::Suspension);
        }
        Stored::Limits(limits) => {
            again.add(dataset, limits.rows, limits.rejected, ReleasedRow::Limit);
        }
        Stored::Actions(actions) => {
            again.add(dataset, actions.rows, actions.rejected, ReleasedRow::Action);
        }
        Stored::Claims(claims) => {
            again.add(dataset, claims.rows, claims.rejected, ReleasedRow::Fundamental);
        }
        Stored::Names(names) => {
            again.add(dataset, names.rows, names.rejected, ReleasedRow::Name);
        }
        // A factor is a column of its bar; the calendar and the list of instruments come whole, every time.
        _ => return Err(format!("rows of {dataset} are not put back one by one: they come with the next fetch")),
    }
    Ok(again)
}
