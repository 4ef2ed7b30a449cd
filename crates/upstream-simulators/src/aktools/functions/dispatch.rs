//! From a function's name to its sheet.

use std::collections::BTreeMap;

use super::{Desk, financing, gdp, lpr, monthly, releases, reserves, shibor, stock_hist, trade_dates};
use crate::aktools::{refusal::Refusal, sheet::Sheet};

/// The answer of a function to these parameters.
pub(in crate::aktools) fn sheet(
    desk: &Desk<'_>,
    function: &str,
    params: &BTreeMap<String, String>,
) -> Result<Sheet, Refusal> {
    if function == stock_hist::NAME {
        return stock_hist::sheet(desk, params);
    }
    let sheet = match function {
        financing::NAME => financing::sheet(desk),
        gdp::NAME => gdp::sheet(desk),
        lpr::NAME => lpr::sheet(desk),
        reserves::NAME => reserves::sheet(desk),
        shibor::NAME => shibor::sheet(desk),
        trade_dates::NAME => trade_dates::sheet(desk),
        _ => match (releases::named(function), monthly::named(function)) {
            (Some(release), _) => release.sheet(desk),
            (None, Some(table)) => table.sheet(desk),
            (None, None) => return Err(Refusal::UnknownFunction),
        },
    };
    // These functions take no arguments: Python raises a TypeError.
    if params.is_empty() { Ok(sheet) } else { Err(Refusal::Exception) }
}
