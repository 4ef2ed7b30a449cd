//! Asking about orders whose notification never came: WeChat Pay tries for a day, and promises nothing.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use profile_store::OwnerId;
use rusqlite::{Connection, Transaction, params};
use tokio_util::sync::CancellationToken;

use super::{ProvisionError, Provisioner, Receipt};
use crate::{
    books::Moment,
    wechat::{OrderAnswer, Payment},
    wechat_client::{QueryFailed, WechatClient},
};

/// Most notifications come within seconds: nobody is asked before this.
const FIRST_AFTER: TimeDelta = TimeDelta::minutes(3);
/// The wait doubles up to this.
const PAUSE_MAX: TimeDelta = TimeDelta::hours(6);
/// An order that is older is not paid any more; a notification is taken all the same.
const UNTIL: TimeDelta = TimeDelta::days(8);
const LOOK_EVERY: Duration = Duration::from_secs(30);
const PASS: u32 = 20;

/// Whom to ask, and by what name payers are known.
#[derive(Debug)]
pub struct Asking {
    /// WeChat Pay.
    pub client: WechatClient,
    /// The app that people pay in.
    pub appid: String,
}

/// What is done about an order after an answer.
enum Next {
    /// Asked again, later and later.
    Again,
    /// Never asked about again.
    NoMore,
}

impl Provisioner {
    /// Asks about every announced order that is due; how many were paid. The first one that cannot be asked about ends it.
    ///
    /// # Errors
    /// When the books cannot be used.
    pub async fn ask(&self, asking: &Asking) -> Result<usize, ProvisionError> {
        let now = self.now();
        let mut paid = 0;
        for (number, asked) in self.parts().books.read(move |connection| due(connection, now)).await? {
            let answer = asking.client.order(&number, self.now()).await;
            let is_over = answer.is_err();
            let (next, label) = match answer {
                Ok(Some(OrderAnswer::Paid(payment))) => {
                    let next = self.take_asked(&asking.appid, payment).await?;
                    paid += usize::from(matches!(next, Next::NoMore));
                    (next, "paid")
                }
                Ok(Some(OrderAnswer::Refunded { .. })) => {
                    let text =
                        format!("order {number} was paid and money went back, and no notification came: look at it");
                    self.parts().alerts.tell(&format!("payment:{number}"), &text, now).await;
                    (Next::NoMore, "refunded")
                }
                Ok(Some(OrderAnswer::Closed { .. })) => (Next::NoMore, "closed"),
                Ok(Some(OrderAnswer::NotPaid { .. }) | None) => (Next::Again, "not_paid"),
                Err(error) => {
                    tracing::warn!(order = number, "ask about order {number}: {error}");
                    if let QueryFailed::Refused(_) = error {
                        self.parts().alerts.tell("wechat", &error.to_string(), now).await;
                    }
                    (Next::Again, "failed")
                }
            };
            metrics::counter!("registry_order_queries_total", "result" => label).increment(1);
            self.note_asked(number, asked, next).await?;
            if is_over {
                return Ok(paid);
            }
            self.parts().alerts.is_well("wechat", now).await;
        }
        Ok(paid)
    }

    /// Asks until `shutdown`.
    pub async fn keep_asking(self, asking: Asking, shutdown: CancellationToken) {
        let mut looks = tokio::time::interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while shutdown.run_until_cancelled(looks.tick()).await.is_some() {
            // What was paid is in the books in one transaction, or is asked about again.
            if let Some(Err(error)) = shutdown.run_until_cancelled(self.ask(&asking)).await {
                tracing::error!(error = %error, "ask about orders: {error}");
            }
        }
    }

    async fn take_asked(&self, appid: &str, payment: Payment) -> Result<Next, ProvisionError> {
        let number = payment.out_trade_no.clone();
        tracing::warn!(order = number, "order {number} was paid, and its notification did not come");
        let taken = match receipt(appid, payment) {
            Ok(receipt) => self.paid(receipt).await.map(drop),
            Err(error) => Err(error),
        };
        match taken {
            Err(error @ (ProvisionError::Books(_) | ProvisionError::Vault(_) | ProvisionError::Store(_))) => Err(error),
            // Whoever has to know was told.
            _ => Ok(Next::NoMore),
        }
    }

    async fn note_asked(&self, number: String, asked: u32, next: Next) -> Result<(), ProvisionError> {
        let (ask_at, no_more) = (self.now() + pause(asked), matches!(next, Next::NoMore));
        let note = move |tx: &Transaction<'_>| {
            let sql = "UPDATE orders SET ask_at = ?, asked = asked + 1, ask_no_more = ? WHERE out_trade_no = ?";
            tx.execute(sql, params![Moment(ask_at), no_more, number])?;
            Ok::<_, ProvisionError>(())
        };
        self.parts().books.write(note).await
    }

    /// Whether WeChat Pay would be asked about an order at this time.
    #[cfg(test)]
    pub(super) async fn is_asked_about(&self, out_trade_no: &str, at: DateTime<Utc>) -> bool {
        let due = self.parts().books.read(move |connection| due(connection, at)).await;
        due.is_ok_and(|due| due.iter().any(|(number, _)| number == out_trade_no))
    }
}

/// Who pays with WeChat is known by what the app calls them.
///
/// # Errors
/// [`ProvisionError::Invalid`] for a payer that is none.
pub(crate) fn receipt(appid: &str, payment: Payment) -> Result<Receipt, ProvisionError> {
    let payer = OwnerId::parse(&format!("wx:{appid}:{}", payment.openid)).map_err(|error| {
        let problem = format!("the payer of {} is no owner: {error}", payment.out_trade_no);
        ProvisionError::Invalid { field: "payer", problem }
    })?;
    Ok(Receipt {
        out_trade_no: payment.out_trade_no,
        transaction_id: payment.transaction_id,
        payer,
        amount_fen: payment.amount_fen,
        paid_at: payment.success_at,
    })
}

fn due(connection: &Connection, now: DateTime<Utc>) -> Result<Vec<(String, u32)>, ProvisionError> {
    let sql = "SELECT out_trade_no, asked FROM orders WHERE state = 'expected' AND NOT ask_no_more AND created_at > ?1
               AND created_at <= ?2 AND (ask_at IS NULL OR ask_at <= ?3) ORDER BY coalesce(ask_at, created_at) LIMIT ?4";
    let mut statement = connection.prepare_cached(sql)?;
    let bounds = params![Moment(now - UNTIL), Moment(now - FIRST_AFTER), Moment(now), PASS];
    let rows = statement.query_map(bounds, |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn pause(asked: u32) -> TimeDelta {
    let factor = 1_i32.checked_shl(asked.min(16)).unwrap_or(i32::MAX);
    FIRST_AFTER.checked_mul(factor).unwrap_or(PAUSE_MAX).min(PAUSE_MAX)
}
