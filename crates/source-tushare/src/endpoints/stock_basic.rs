//! `stock_basic`: every share, listed, delisted or paused. One call per status, for the default is listed only and a
//! universe without the dead is biased towards the survivors.

use std::collections::HashMap;

use market_model::{Code, ListStatus};

use crate::{
    Api, Client, Fetched, Listing, Row, TushareError,
    api::{Endpoint, Query},
    normalize::stock_basic,
};

pub(crate) static ENDPOINT: Endpoint = Endpoint {
    api: Api::StockBasic,
    name: "stock_basic",
    fields: &[
        "ts_code",
        "symbol",
        "name",
        "area",
        "industry",
        "market",
        "exchange",
        "curr_type",
        "list_status",
        "list_date",
        "delist_date",
        "is_hs",
    ],
    key: &["ts_code"],
    row_limit: 6000,
    calls_per_minute: 50,
};

/// The lists, the more final status later: a share that changes lists between two calls keeps the later one.
const STATUSES: [(&str, ListStatus); 3] =
    [("L", ListStatus::Listed), ("P", ListStatus::Paused), ("D", ListStatus::Delisted)];

/// The status that a value of the parameter `list_status` asks for.
pub(crate) fn status_of(param: &str) -> Option<ListStatus> {
    STATUSES.iter().find(|(value, _)| *value == param).map(|(_, status)| *status)
}

impl Client {
    /// All shares of the three mainland exchanges: listed, paused and delisted.
    ///
    /// # Errors
    /// See [`TushareError`].
    pub async fn stock_basic(&self) -> Result<Fetched<Listing>, TushareError> {
        let mut all = Fetched::default();
        for (param, status) in STATUSES {
            let query = Query::new(Api::StockBasic, [("list_status", param.to_owned())]);
            all.append(self.collect(&query).await?.normalize(|row| stock_basic::listing(row, status)));
        }
        keep_last(&mut all.rows);
        Ok(all)
    }
}

fn keep_last(rows: &mut Vec<Row<Listing>>) {
    let last: HashMap<Code, usize> = rows.iter().enumerate().map(|(at, row)| (row.value.instrument.code, at)).collect();
    let mut at = 0;
    rows.retain(|row| {
        at += 1;
        last.get(&row.value.instrument.code) == Some(&(at - 1))
    });
}
