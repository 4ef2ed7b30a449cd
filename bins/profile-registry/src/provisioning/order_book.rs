//! Orders as people look at them: what does not go on, what is under way, what was before.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

use super::{
    ProvisionError,
    order::{COLUMNS, Order, OrderState, holder},
};
use crate::books::Moment;

/// States in which somebody has to move an order on: us, its host, or a person with a telephone.
const UNDER_WAY: &str =
    "state IN ('paid', 'sealed', 'registered', 'committed', 'delivered', 'awaiting_pairing', 'refunding')";

/// Which orders are looked at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// In this state.
    pub(crate) state: Option<OrderState>,
    /// That do not go on.
    pub(crate) parked: bool,
    /// With this somewhere in number, product, payer or profile.
    pub(crate) search: Option<String>,
    /// Of this profile.
    pub(crate) profile: Option<String>,
    /// Announced before this one.
    pub(crate) before: Option<(DateTime<Utc>, String)>,
}

/// How many orders are in a state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// All of them.
    pub(crate) all: u32,
    /// Those that do not go on.
    pub(crate) parked: u32,
}

/// A secret that an order brought, without its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SecretName {
    /// The variable.
    pub(crate) name: String,
    /// `generated` or `from_pool`.
    pub(crate) source: String,
    /// Since when.
    pub(crate) created_at: DateTime<Utc>,
    /// Until when, where it is no longer in force.
    pub(crate) retired_at: Option<DateTime<Utc>>,
}

/// Money that went back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Returned {
    /// The payment service's number of it.
    pub(crate) refund_id: String,
    /// How much.
    pub(crate) amount_fen: u64,
    /// When it was told.
    pub(crate) at: DateTime<Utc>,
}

/// How many orders there are, by state; states that nobody is in are left out.
pub(crate) fn counts(connection: &Connection) -> Result<BTreeMap<String, Count>, ProvisionError> {
    let mut statement =
        connection.prepare_cached("SELECT state, count(*), count(parked_why) FROM orders GROUP BY state")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, Count { all: row.get(1)?, parked: row.get(2)? })))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Orders that somebody has to move on: those that do not go on first, then the longest unchanged.
pub(crate) fn under_way(connection: &Connection, limit: u32) -> Result<Vec<Order>, ProvisionError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM orders WHERE {UNDER_WAY}
         ORDER BY parked_why IS NULL, changed_at, out_trade_no LIMIT ?"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([limit], Order::read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The newest of those that are wanted, by when they were announced.
pub(crate) fn newest(connection: &Connection, wanted: &Wanted, limit: u32) -> Result<Vec<Order>, ProvisionError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM orders
         WHERE (?1 IS NULL OR state = ?1) AND (NOT ?2 OR parked_why IS NOT NULL)
            AND (?3 IS NULL OR instr(lower(out_trade_no), ?3) OR instr(lower(product), ?3)
                OR instr(lower(coalesce(payer, '')), ?3) OR instr(lower(coalesce(profile, '')), ?3))
            AND (?4 IS NULL OR profile = ?4) AND (?5 IS NULL OR (created_at, out_trade_no) < (?5, ?6))
         ORDER BY created_at DESC, out_trade_no DESC LIMIT ?7"
    );
    let Wanted { state, parked, search, profile, before } = wanted;
    let (at, number) = before.as_ref().map(|(at, number)| (Moment(*at), number.as_str())).unzip();
    let state = state.map(OrderState::name);
    let search = search.as_ref().map(|text| text.to_lowercase());
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![state, parked, search, profile, at, number, limit], Order::read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The secrets of an order by name, those that are no longer in force among them.
pub(crate) fn secret_names(connection: &Connection, out_trade_no: &str) -> Result<Vec<SecretName>, ProvisionError> {
    let sql = "SELECT name, source, created_at, retired_at FROM secret WHERE owner = ? ORDER BY name, version";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([holder(out_trade_no)], |row| {
        let retired_at = row.get::<_, Option<Moment>>(3)?.map(|Moment(at)| at);
        Ok(SecretName { name: row.get(0)?, source: row.get(1)?, created_at: row.get::<_, Moment>(2)?.0, retired_at })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What of an order went back, the first first.
pub(crate) fn returned(connection: &Connection, out_trade_no: &str) -> Result<Vec<Returned>, ProvisionError> {
    let sql = "SELECT refund_id, amount_fen, at FROM refund WHERE out_trade_no = ? ORDER BY at, refund_id";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([out_trade_no], |row| {
        let amount_fen = row.get::<_, i64>(1)?.unsigned_abs();
        Ok(Returned { refund_id: row.get(0)?, amount_fen, at: row.get::<_, Moment>(2)?.0 })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
