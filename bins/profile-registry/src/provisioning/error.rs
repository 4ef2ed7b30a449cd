//! What can go wrong with an order.

use profile_store::StoreError;

use crate::{BooksError, VaultError};

/// Why an order is not taken, or not moved on. No text holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// Nobody announced it.
    #[error("there is no order {0:?}")]
    UnknownOrder(String),
    /// The configuration has no such product.
    #[error("there is no product {0:?}")]
    UnknownProduct(String),
    /// What was announced or paid under the number before is something else.
    #[error("order {0:?} is there already, and is another one")]
    AnotherOrder(String),
    /// A field of an announcement cannot be used.
    #[error("{field}: {problem}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// What was paid is not what the order costs.
    #[error("order {out_trade_no} costs {expected_fen} fen, and {paid_fen} fen were paid")]
    Amount {
        /// The order.
        out_trade_no: String,
        /// Its price.
        expected_fen: u64,
        /// What came.
        paid_fen: u64,
    },
    /// Somebody else paid than the order says.
    #[error("order {0} is for somebody else than who paid")]
    Payer(String),
    /// The order was paid before, by another payment.
    #[error("order {0} was paid before, by another payment")]
    PaidTwice(String),
    /// The order is not where this can be done.
    #[error("order {out_trade_no} is {state}")]
    WrongState {
        /// The order.
        out_trade_no: String,
        /// Where it is.
        state: &'static str,
    },
    /// The books contradict themselves.
    #[error("the books contradict themselves: {0}")]
    Inconsistent(String),
    /// The books failed.
    #[error(transparent)]
    Books(#[from] BooksError),
    /// Sealing failed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Git failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    NoRandomness,
}

impl From<rusqlite::Error> for ProvisionError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Books(error.into())
    }
}
