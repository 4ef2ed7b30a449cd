//! Money goes back.

use chrono::{DateTime, Months, Utc};
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::{
    ProvisionError, Provisioner,
    order::{Order, OrderState},
    provisioner::audit,
};
use crate::books::Moment;

/// Money that went back, as the payment service tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoneyBack {
    /// The order.
    pub out_trade_no: String,
    /// The payment service's number of the refund.
    pub refund_id: String,
    /// How much, in fen.
    pub amount_fen: u64,
}

/// What a refund does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refunded {
    /// It was known, and nothing changed.
    Known,
    /// Not everything went back: the profile stays as it is.
    InPart,
    /// The profile's time is shorter by what the order paid for; other payments keep it alive.
    Shortened,
    /// The profile is on its way into quarantine.
    Quarantine,
}

impl Provisioner {
    /// Takes a refund. The same one once more changes nothing.
    ///
    /// # Errors
    /// [`ProvisionError::UnknownOrder`], or what the books do.
    pub async fn refunded(&self, back: MoneyBack) -> Result<Refunded, ProvisionError> {
        let (now, number) = (self.now(), back.out_trade_no.clone());
        self.crash("RegistryBeforeRefund");
        let result = self.parts().books.write(move |tx| take(tx, &back, now)).await?;
        self.crash("RegistryAfterRefund");
        tracing::info!(order = number, result = ?result, "a refund of order {number} came");
        if result == Refunded::InPart {
            let text = format!("a part of order {number} went back; its profile stays as it is");
            self.parts().alerts.tell(&format!("refund:{number}"), &text, now).await;
        }
        self.wake();
        Ok(result)
    }
}

fn take(tx: &Transaction<'_>, back: &MoneyBack, now: DateTime<Utc>) -> Result<Refunded, ProvisionError> {
    let order = Order::find(tx, &back.out_trade_no)?;
    // Bounded, so that no sum of them overflows.
    let amount = i64::try_from(back.amount_fen.min(order.amount_fen)).unwrap_or_default();
    let new = tx.execute(
        "INSERT INTO refund (refund_id, out_trade_no, amount_fen, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        params![back.refund_id, back.out_trade_no, amount, Moment(now)],
    )?;
    if new == 0 {
        return Ok(Refunded::Known);
    }
    audit(tx, "payment", "order.refunded", &back.out_trade_no, &back.refund_id, now)?;
    let sql = "SELECT sum(amount_fen) FROM refund WHERE out_trade_no = ?";
    let returned: i64 = tx.query_row(sql, [&back.out_trade_no], |row| row.get(0))?;
    if returned.unsigned_abs() < order.amount_fen {
        return Ok(Refunded::InPart);
    }
    match order.state {
        OrderState::Refunding | OrderState::Quarantined | OrderState::Refunded => return Ok(Refunded::Known),
        OrderState::Expected => {
            set(tx, &order, OrderState::Refunded, now)?;
            return Ok(Refunded::Shortened);
        }
        _ => {}
    }
    let shortened = shorten(tx, &order, now)?;
    if shortened && is_paid_for(tx, &order, now)? {
        // What makes the profile goes on: others have paid for it.
        if order.state == OrderState::Alive {
            set(tx, &order, OrderState::Refunded, now)?;
        }
        return Ok(Refunded::Shortened);
    }
    set(tx, &order, OrderState::Refunding, now)?;
    // From here on a new payment makes a new order of it and does not extend.
    let sql = "UPDATE subscription SET state = 'quarantined', paid_until = min(paid_until, ?) WHERE profile = ?";
    tx.execute(sql, params![Moment(now), order.profile])?;
    Ok(Refunded::Quarantine)
}

fn set(tx: &Transaction<'_>, order: &Order, to: OrderState, now: DateTime<Utc>) -> Result<(), ProvisionError> {
    tx.execute(
        "UPDATE orders SET state = ?, parked_why = NULL, retry_at = NULL, attempts = 0, changed_at = ?
         WHERE out_trade_no = ?",
        params![to.name(), Moment(now), order.out_trade_no],
    )?;
    Ok(())
}

/// Takes back exactly the months that the order paid for; `false` where that was done before.
fn shorten(tx: &Transaction<'_>, order: &Order, now: DateTime<Utc>) -> Result<bool, ProvisionError> {
    let sql = "SELECT months FROM extension WHERE out_trade_no = ? AND refunded_at IS NULL";
    let months: Option<u32> = tx.query_row(sql, [&order.out_trade_no], |row| row.get(0)).optional()?;
    let Some(months) = months else { return Ok(false) };
    let sql = "UPDATE extension SET refunded_at = ? WHERE out_trade_no = ?";
    tx.execute(sql, params![Moment(now), order.out_trade_no])?;
    let sql = "SELECT paid_until FROM subscription WHERE payer = ? AND product = ?";
    let Moment(until) = tx.query_row(sql, params![order.payer, order.product], |row| row.get(0))?;
    let until = until.checked_sub_months(Months::new(months)).unwrap_or(now);
    let sql = "UPDATE subscription SET paid_until = ? WHERE payer = ? AND product = ?";
    tx.execute(sql, params![Moment(until), order.payer, order.product])?;
    Ok(true)
}

/// Whether a payment that did not go back still pays for the profile.
fn is_paid_for(tx: &Transaction<'_>, order: &Order, now: DateTime<Utc>) -> Result<bool, ProvisionError> {
    Ok(tx.query_row(
        "SELECT EXISTS (SELECT 1 FROM extension WHERE payer = ?1 AND product = ?2 AND refunded_at IS NULL)
            AND EXISTS (SELECT 1 FROM subscription WHERE payer = ?1 AND product = ?2 AND paid_until > ?3)",
        params![order.payer, order.product, Moment(now)],
        |row| row.get(0),
    )?)
}
