//! What was paid, or given back.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::Deserialize;

/// A payment that succeeded. `Debug` leaves the payer out: an openid is personal.
#[derive(Clone, PartialEq, Eq)]
pub struct Payment {
    /// The merchant's own number of the order.
    pub out_trade_no: String,
    /// WeChat's number of the payment.
    pub transaction_id: String,
    /// The payer, unique within one app.
    pub openid: String,
    /// What the order cost, in fen.
    pub amount_fen: u64,
    /// When it succeeded.
    pub success_at: DateTime<Utc>,
}

/// Money that went back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// The order that it belongs to.
    pub out_trade_no: String,
    /// WeChat's number of the refund.
    pub refund_id: String,
    /// What went back, in fen.
    pub amount_fen: u64,
    /// What the order had cost, in fen.
    pub total_fen: u64,
}

/// What WeChat answers when it is asked about an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderAnswer {
    /// Somebody paid.
    Paid(Payment),
    /// Somebody paid, and money went back since.
    Refunded {
        /// The order.
        out_trade_no: String,
    },
    /// It cannot be paid any more.
    Closed {
        /// The order.
        out_trade_no: String,
    },
    /// Nobody has paid yet.
    NotPaid {
        /// The order.
        out_trade_no: String,
    },
}

/// Why a notification that WeChat signed is still no payment of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PaymentRefused {
    /// A field is missing or of another kind.
    #[error("the notification's content cannot be read: {0}")]
    Malformed(&'static str),
    /// It is for another merchant or app.
    #[error("the notification is for another {0}")]
    NotOurs(&'static str),
    /// The payment did not succeed.
    #[error("the payment's state is {0:?}, not \"SUCCESS\"")]
    NotPaid(String),
}

#[derive(Deserialize)]
struct PaymentContent {
    appid: String,
    mchid: String,
    out_trade_no: String,
    transaction_id: String,
    trade_state: String,
    success_time: String,
    payer: Payer,
    amount: Amount,
}

/// What every answer about an order has.
#[derive(Deserialize)]
struct StateContent {
    mchid: String,
    out_trade_no: String,
    trade_state: String,
}

#[derive(Deserialize)]
struct Payer {
    openid: String,
}

#[derive(Deserialize)]
struct Amount {
    total: u64,
    #[serde(default = "yuan")]
    currency: String,
}

fn yuan() -> String {
    "CNY".to_owned()
}

#[derive(Deserialize)]
struct RefundContent {
    mchid: String,
    out_trade_no: String,
    refund_id: String,
    refund_status: String,
    amount: RefundAmount,
}

#[derive(Deserialize)]
struct RefundAmount {
    total: u64,
    refund: u64,
}

impl Payment {
    /// Reads the opened content of a `TRANSACTION.SUCCESS`.
    pub(super) fn read(content: &[u8], appid: &str, mchid: &str) -> Result<Self, PaymentRefused> {
        let content: PaymentContent = serde_json::from_slice(content)
            .map_err(|_| PaymentRefused::Malformed("a field is missing or of another kind"))?;
        if content.mchid != mchid {
            return Err(PaymentRefused::NotOurs("merchant"));
        }
        if content.appid != appid {
            return Err(PaymentRefused::NotOurs("app"));
        }
        if content.trade_state != "SUCCESS" {
            return Err(PaymentRefused::NotPaid(content.trade_state));
        }
        if content.amount.currency != "CNY" {
            return Err(PaymentRefused::Malformed("`amount.currency` is not CNY"));
        }
        let success_at = DateTime::parse_from_rfc3339(&content.success_time)
            .map_err(|_| PaymentRefused::Malformed("`success_time` is no time"))?;
        let named = [&content.out_trade_no, &content.transaction_id, &content.payer.openid];
        if named.iter().any(|text| text.is_empty() || text.len() > 128) {
            return Err(PaymentRefused::Malformed("a number or the payer is empty or too long"));
        }
        Ok(Self {
            out_trade_no: content.out_trade_no,
            transaction_id: content.transaction_id,
            openid: content.payer.openid,
            amount_fen: content.amount.total,
            success_at: success_at.with_timezone(&Utc),
        })
    }
}

impl OrderAnswer {
    /// Reads the answer to a question about one order.
    pub(super) fn read(content: &[u8], appid: &str, mchid: &str) -> Result<Self, PaymentRefused> {
        let asked: StateContent = serde_json::from_slice(content)
            .map_err(|_| PaymentRefused::Malformed("a field is missing or of another kind"))?;
        if asked.mchid != mchid {
            return Err(PaymentRefused::NotOurs("merchant"));
        }
        match asked.trade_state.as_str() {
            "SUCCESS" => Payment::read(content, appid, mchid).map(Self::Paid),
            "REFUND" => Ok(Self::Refunded { out_trade_no: asked.out_trade_no }),
            "CLOSED" | "REVOKED" => Ok(Self::Closed { out_trade_no: asked.out_trade_no }),
            _ => Ok(Self::NotPaid { out_trade_no: asked.out_trade_no }),
        }
    }

    /// The order that it is about.
    pub fn out_trade_no(&self) -> &str {
        match self {
            Self::Paid(payment) => &payment.out_trade_no,
            Self::Refunded { out_trade_no } | Self::Closed { out_trade_no } | Self::NotPaid { out_trade_no } => {
                out_trade_no
            }
        }
    }
}

impl Refund {
    /// Reads the opened content of a `REFUND.SUCCESS`.
    pub(super) fn read(content: &[u8], mchid: &str) -> Result<Self, PaymentRefused> {
        let content: RefundContent = serde_json::from_slice(content)
            .map_err(|_| PaymentRefused::Malformed("a field is missing or of another kind"))?;
        if content.mchid != mchid {
            return Err(PaymentRefused::NotOurs("merchant"));
        }
        if content.refund_status != "SUCCESS" {
            return Err(PaymentRefused::NotPaid(content.refund_status));
        }
        if content.amount.refund > content.amount.total {
            return Err(PaymentRefused::Malformed("more went back than was paid"));
        }
        Ok(Self {
            out_trade_no: content.out_trade_no,
            refund_id: content.refund_id,
            amount_fen: content.amount.refund,
            total_fen: content.amount.total,
        })
    }
}

impl fmt::Debug for Payment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Payment")
            .field("out_trade_no", &self.out_trade_no)
            .field("transaction_id", &self.transaction_id)
            .field("amount_fen", &self.amount_fen)
            .field("success_at", &self.success_at)
            .finish_non_exhaustive()
    }
}
