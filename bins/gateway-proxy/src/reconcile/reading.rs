//! One look at an account's balance.

use std::fmt;

use chrono::{DateTime, Utc};
use route_policy::Cny;
use serde::{Deserialize, Serialize};

/// An account's balance beside our books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Reading {
    /// The account.
    pub(crate) account: String,
    /// When it was read.
    pub(crate) at: DateTime<Utc>,
    /// What the account says it holds, yuan.
    #[serde(rename = "balance_cny")]
    pub(crate) balance: Cny,
    /// When it was read before; none at the first reading.
    pub(crate) since: Option<DateTime<Utc>>,
    /// By how much the balance fell since; negative where money was paid in.
    #[serde(rename = "fell_cny")]
    pub(crate) fell: Option<Cny>,
    /// What our books charged to the account's channels since.
    #[serde(rename = "booked_cny")]
    pub(crate) booked: Option<Cny>,
    /// `fell` less `booked`: positive where the provider billed more than we know.
    #[serde(rename = "drift_cny")]
    pub(crate) drift: Option<Cny>,
}

/// What is kept of a reading for the next one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Noted {
    pub(super) at: DateTime<Utc>,
    pub(super) balance: Cny,
    pub(super) booked: Booked,
}

/// What stood in the books for some hours when the account was read: to be taken off the next time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Booked {
    pub(super) from: DateTime<Utc>,
    pub(super) cny: Cny,
}

impl Reading {
    pub(super) fn new(
        account: String,
        at: DateTime<Utc>,
        balance: Cny,
        last: Option<&Noted>,
        booked: Option<Cny>,
    ) -> Self {
        let fell = last.map(|last| last.balance - balance);
        let drift = fell.zip(booked).map(|(fell, booked)| fell - booked);
        Self { account, at, balance, since: last.map(|last| last.at), fell, booked, drift }
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { account, balance, .. } = self;
        write!(out, "account {account} holds {balance} CNY")?;
        match (self.fell, self.booked, self.drift) {
            (Some(fell), Some(booked), Some(drift)) => {
                write!(out, ": it fell by {fell}, our books say {booked}, the drift is {drift}")
            }
            _ => out.write_str(", read for the first time"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yuan(text: &str) -> Cny {
        text.parse().unwrap()
    }

    #[test]
    fn the_drift_is_what_the_provider_billed_beyond_our_books() {
        let at: DateTime<Utc> = "2026-11-23T04:00:00Z".parse().unwrap();
        let last = Noted { at, balance: yuan("100"), booked: Booked { from: at, cny: Cny::ZERO } };
        let reading =
            |balance, booked| Reading::new("a".to_owned(), at, yuan(balance), Some(&last), Some(yuan(booked)));
        assert_eq!(reading("97.5", "2").drift, Some(yuan("0.5")));
        assert_eq!(reading("97.5", "2.5").drift, Some(Cny::ZERO));
        // Somebody paid 50 in.
        assert_eq!((reading("148", "2").fell, reading("148", "2").drift), (Some(yuan("-48")), Some(yuan("-50"))));
        let first = Reading::new("a".to_owned(), at, yuan("100"), None, None);
        assert_eq!((first.fell, first.booked, first.drift), (None, None, None));
        assert_eq!(first.to_string(), "account a holds 100 CNY, read for the first time");
    }
}
