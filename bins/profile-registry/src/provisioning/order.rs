//! An order: one payment, expected, taken, carried out or given back.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, types::Type};

use super::ProvisionError;
use crate::books::Moment;

/// How far an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrderState {
    /// Announced by an operator; nobody has paid.
    Expected,
    /// Paid; what it needs from pools is reserved as far as there is any.
    Paid,
    /// Every value is made and sealed under the order.
    Sealed,
    /// The gateway knows the digests of the tokens.
    Registered,
    /// Profile and owner are in git; the host has to fetch the secrets.
    Committed,
    /// The host has the secrets.
    Delivered,
    /// Everything is there but the scan by which a person connects their chat.
    AwaitingPairing,
    /// Done.
    Alive,
    /// The money went back, and the profile is on its way into quarantine.
    Refunding,
    /// The money went back; the profile is kept, without secrets and without jobs.
    Quarantined,
    /// The money went back, and no profile hung on it.
    Refunded,
}

impl OrderState {
    /// In the order in which an order goes through them.
    pub const ALL: [Self; 11] = [
        Self::Expected,
        Self::Paid,
        Self::Sealed,
        Self::Registered,
        Self::Committed,
        Self::Delivered,
        Self::AwaitingPairing,
        Self::Alive,
        Self::Refunding,
        Self::Quarantined,
        Self::Refunded,
    ];

    /// As the books and the API spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Expected => "expected",
            Self::Paid => "paid",
            Self::Sealed => "sealed",
            Self::Registered => "registered",
            Self::Committed => "committed",
            Self::Delivered => "delivered",
            Self::AwaitingPairing => "awaiting_pairing",
            Self::Alive => "alive",
            Self::Refunding => "refunding",
            Self::Quarantined => "quarantined",
            Self::Refunded => "refunded",
        }
    }

    /// Reads what [`Self::name`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == text)
    }
}

/// Why an order does not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parked {
    /// For people; no secret.
    pub why: String,
    /// When it is tried again; `None` is when an operator says so.
    pub retry_at: Option<DateTime<Utc>>,
}

/// One order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The merchant's own number.
    pub out_trade_no: String,
    /// What was bought.
    pub product: String,
    /// What it costs, in fen.
    pub amount_fen: u64,
    /// How far it is.
    pub state: OrderState,
    /// The payment service's number of the payment.
    pub transaction_id: Option<String>,
    /// Whose the profile becomes, as in OWNERS.
    pub payer: Option<String>,
    /// The profile.
    pub profile: Option<String>,
    /// Set while it does not go on.
    pub parked: Option<Parked>,
    /// Tries of the present step that failed.
    pub attempts: u32,
    /// The commit that made the profile.
    pub commit: Option<String>,
    /// What the buyer chose for the template's placeholders.
    pub given: BTreeMap<String, String>,
    /// When it was announced.
    pub created_at: DateTime<Utc>,
    /// When it was paid.
    pub paid_at: Option<DateTime<Utc>>,
    /// When it last moved.
    pub changed_at: DateTime<Utc>,
}

pub(super) const COLUMNS: &str = "out_trade_no, product, amount_fen, state, transaction_id, payer, profile, parked_why, retry_at, \
                       attempts, commit_id, given, created_at, paid_at, changed_at";

/// Orders that can be moved on. One that is committed waits for its host, once it has one.
const DUE: &str = "(state IN ('paid', 'sealed', 'registered', 'delivered', 'refunding')
        OR state = 'committed' AND NOT EXISTS (
            SELECT 1 FROM subscription WHERE subscription.profile = orders.profile AND host IS NOT NULL))
    AND (parked_why IS NULL OR retry_at <= ?1)";

impl Order {
    /// The order of this number.
    ///
    /// # Errors
    /// [`ProvisionError::UnknownOrder`], or what the books do.
    pub(crate) fn find(connection: &Connection, out_trade_no: &str) -> Result<Self, ProvisionError> {
        let sql = format!("SELECT {COLUMNS} FROM orders WHERE out_trade_no = ?");
        let found = connection.query_row(&sql, [out_trade_no], Self::read).optional()?;
        found.ok_or_else(|| ProvisionError::UnknownOrder(out_trade_no.to_owned()))
    }

    /// Orders in a state, or all, by number; `after` is the last one of the page before.
    pub(crate) fn list(
        connection: &Connection,
        state: Option<OrderState>,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Self>, ProvisionError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM orders WHERE out_trade_no > ?1 AND (?2 IS NULL OR state = ?2)
             ORDER BY out_trade_no LIMIT ?3"
        );
        let mut statement = connection.prepare(&sql)?;
        let rows = statement.query_map((after, state.map(OrderState::name), limit), Self::read)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The numbers of orders that somebody has to move on at `now`, the longest unchanged first.
    pub(crate) fn due(connection: &Connection, now: DateTime<Utc>) -> Result<Vec<String>, ProvisionError> {
        let sql = format!("SELECT out_trade_no FROM orders WHERE {DUE} ORDER BY changed_at, out_trade_no");
        let mut statement = connection.prepare(&sql)?;
        let rows = statement.query_map([Moment(now)], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let wrong = |column: usize| rusqlite::Error::InvalidColumnType(column, COLUMNS.to_owned(), Type::Text);
        let moment = |column| row.get::<_, Option<Moment>>(column).map(|at| at.map(|Moment(at)| at));
        let retry_at = moment(8)?;
        let why: Option<String> = row.get(7)?;
        Ok(Self {
            out_trade_no: row.get(0)?,
            product: row.get(1)?,
            amount_fen: row.get::<_, i64>(2)?.unsigned_abs(),
            state: OrderState::parse(row.get_ref(3)?.as_str()?).ok_or_else(|| wrong(3))?,
            transaction_id: row.get(4)?,
            payer: row.get(5)?,
            profile: row.get(6)?,
            parked: why.map(|why| Parked { why, retry_at }),
            attempts: row.get(9)?,
            commit: row.get(10)?,
            given: serde_json::from_str(row.get_ref(11)?.as_str()?).map_err(|_| wrong(11))?,
            created_at: row.get::<_, Moment>(12)?.0,
            paid_at: moment(13)?,
            changed_at: row.get::<_, Moment>(14)?.0,
        })
    }

    /// Whose values its secrets are: `order:<number>`.
    pub(crate) fn holder(&self) -> String {
        holder(&self.out_trade_no)
    }

    /// The profile; every order that was paid has one.
    pub(crate) fn profile_name(&self) -> Result<profile_store::ProfileName, ProvisionError> {
        let named = self.profile.as_deref().and_then(|name| profile_store::ProfileName::parse(name).ok());
        named.ok_or_else(|| ProvisionError::Inconsistent(format!("order {} has no profile", self.out_trade_no)))
    }

    /// Who paid; every order that was paid has one.
    pub(crate) fn owner(&self) -> Result<profile_store::OwnerId, ProvisionError> {
        let payer = self.payer.as_deref().and_then(|payer| profile_store::OwnerId::parse(payer).ok());
        payer.ok_or_else(|| ProvisionError::Inconsistent(format!("order {} has no payer", self.out_trade_no)))
    }
}

/// Whose values the secrets of an order are.
pub(crate) fn holder(out_trade_no: &str) -> String {
    format!("order:{out_trade_no}")
}

/// Whether a text can be an order's number: 6 to 32 letters, digits, hyphens and underscores. WeChat allows a little more,
/// which would fit neither a token's id at the gateway nor a trailer.
pub fn is_order_number(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (6..=32).contains(&text.len()) && text.bytes().all(fits) && text.as_bytes()[0].is_ascii_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_read_as_it_is_written() {
        for state in OrderState::ALL {
            assert_eq!(OrderState::parse(state.name()), Some(state));
        }
        assert_eq!(OrderState::parse("parked"), None);
    }

    #[test]
    fn a_number_fits_a_trailer_a_path_and_a_tokens_id() {
        for good in ["TW2026-0001", "abc_12", &"9".repeat(32)] {
            assert!(is_order_number(good), "{good}");
        }
        for bad in ["", "12345", &"9".repeat(33), "a b c d", "a|b*cd", "x\nOrder: y", "-abcdef", "订单订单订单"] {
            assert!(!is_order_number(bad), "{bad:?}");
        }
    }
}
