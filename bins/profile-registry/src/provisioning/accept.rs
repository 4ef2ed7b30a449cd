//! Orders come in: announced by an operator, then paid.

use std::collections::BTreeMap;

use chrono::{DateTime, Months, Utc};
use profile_store::{OwnerId, ProfileName};
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::{
    ProvisionError, Provisioner,
    order::{Order, OrderState, holder, is_order_number},
    product::{From, Product},
    profile_name::profile_name,
    provisioner::audit,
};
use crate::{
    books::Moment,
    secrets::{delivery, pool},
};

/// Names tried for one payer's product before it is given up.
pub(super) const NAMES_MAX: u32 = 100;

/// The dearest order, in fen: a million yuan.
const AMOUNT_MAX: i64 = 100_000_000;

/// An order that somebody is about to pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// The merchant's own number: see [`is_order_number`].
    pub out_trade_no: String,
    /// What is bought.
    pub product: String,
    /// What it costs, in fen; the product's price without it.
    pub amount_fen: Option<u64>,
    /// Whose the profile becomes; who pays, without it.
    pub payer: Option<String>,
    /// What the buyer chose for the template's placeholders.
    pub given: BTreeMap<String, String>,
}

/// A payment that was proved.
#[derive(Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The order.
    pub out_trade_no: String,
    /// The payment service's number.
    pub transaction_id: String,
    /// Who paid, as an owner.
    pub payer: OwnerId,
    /// What was paid, in fen.
    pub amount_fen: u64,
    /// When.
    pub paid_at: DateTime<Utc>,
}

/// Whether something was news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// It was.
    New,
    /// It was known, and nothing changed.
    Known,
}

impl Provisioner {
    /// Announces an order. The same announcement once more changes nothing.
    ///
    /// # Errors
    /// [`ProvisionError::Invalid`], [`ProvisionError::UnknownProduct`], [`ProvisionError::AnotherOrder`].
    pub async fn expect(&self, announced: Announcement) -> Result<(Order, News), ProvisionError> {
        let invalid = |field, problem: String| ProvisionError::Invalid { field, problem };
        let Announcement { out_trade_no, product, amount_fen, payer, given } = announced;
        if !is_order_number(&out_trade_no) {
            let allowed = "6 to 32 letters, digits, hyphens and underscores".to_owned();
            return Err(invalid("out_trade_no", allowed));
        }
        let known = self.catalog().get(&product)?;
        if let Some(payer) = &payer {
            OwnerId::parse(payer).map_err(|error| invalid("payer", error.to_string()))?;
        }
        if let Some(problem) = known.problem_of(payer.as_deref(), &given) {
            return Err(invalid("values", problem));
        }
        let amount = amount_fen.unwrap_or(known.options().amount_fen);
        let amount = i64::try_from(amount).ok().filter(|amount| *amount <= AMOUNT_MAX);
        let amount = amount.ok_or_else(|| invalid("amount_fen", format!("at most {AMOUNT_MAX}")))?;
        let now = self.now();
        let insert = move |tx: &Transaction<'_>| {
            let chosen = serde_json::to_string(&given).unwrap_or_else(|_| "{}".to_owned());
            let new = tx.execute(
                "INSERT INTO orders (out_trade_no, product, amount_fen, state, payer, given, created_at, changed_at)
                 VALUES (?1, ?2, ?3, 'expected', ?4, ?5, ?6, ?6) ON CONFLICT DO NOTHING",
                params![out_trade_no, product, amount, payer, chosen, Moment(now)],
            )?;
            let order = Order::find(tx, &out_trade_no)?;
            let same = order.product == product
                && order.amount_fen == amount.unsigned_abs()
                && (payer.is_none() || order.payer == payer)
                && order.given == given;
            match (new, same) {
                (1, _) => Ok((order, News::New)),
                (_, true) => Ok((order, News::Known)),
                (_, false) => Err(ProvisionError::AnotherOrder(out_trade_no)),
            }
        };
        self.parts().books.write(insert).await
    }

    /// Takes a payment, in one transaction with the secrets that it reserves. The same payment once more changes nothing.
    ///
    /// # Errors
    /// [`ProvisionError::UnknownOrder`], [`ProvisionError::Amount`], [`ProvisionError::Payer`],
    /// [`ProvisionError::PaidTwice`]: then nothing changed, and people were told, because money is there that belongs to
    /// nothing.
    pub async fn paid(&self, receipt: Receipt) -> Result<News, ProvisionError> {
        let number = receipt.out_trade_no.clone();
        self.crash("RegistryBeforePaid");
        let taken = self.take(receipt).await;
        self.crash("RegistryAfterPaid");
        match &taken {
            Ok(News::New) => {
                tracing::info!(order = number, "order {number} is paid");
                metrics::counter!("registry_orders_paid_total").increment(1);
                self.wake();
            }
            Ok(News::Known) => tracing::info!(order = number, "order {number} was paid already"),
            Err(ProvisionError::Books(_)) => {}
            Err(error) => {
                let about = format!("payment:{number}");
                self.parts().alerts.tell(&about, &format!("a payment was not taken: {error}"), self.now()).await;
            }
        }
        taken
    }

    async fn take(&self, receipt: Receipt) -> Result<News, ProvisionError> {
        let product = self.order(&receipt.out_trade_no).await?.product;
        let product = self.catalog().get(&product)?.clone();
        let now = self.now();
        let take = move |tx: &Transaction<'_>| {
            let order = Order::find(tx, &receipt.out_trade_no)?;
            let Some(payer) = payer_of(&order, &receipt)? else { return Ok(News::Known) };
            let (state, profile) = subscribe(tx, &product, &payer, receipt.paid_at)?;
            tx.execute(
                "UPDATE orders SET state = ?, transaction_id = ?, payer = ?, profile = ?, paid_at = ?, changed_at = ?
                 WHERE out_trade_no = ?",
                params![
                    state.name(),
                    receipt.transaction_id,
                    payer,
                    profile,
                    Moment(receipt.paid_at),
                    Moment(now),
                    order.out_trade_no
                ],
            )?;
            tx.execute(
                "INSERT INTO extension (out_trade_no, payer, product, months) VALUES (?, ?, ?, ?)",
                params![order.out_trade_no, payer, product.name(), product.options().months],
            )?;
            if state == OrderState::Paid {
                reserve(tx, &product, &profile, &order.out_trade_no, now)?;
            }
            audit(tx, receipt.payer.as_str(), "order.paid", &order.out_trade_no, &profile, now)?;
            Ok(News::New)
        };
        self.parts().books.write(take).await
    }
}

/// Whose the order is, if the receipt is news and fits it.
fn payer_of(order: &Order, receipt: &Receipt) -> Result<Option<String>, ProvisionError> {
    let number = || order.out_trade_no.clone();
    if order.amount_fen != receipt.amount_fen {
        let (expected_fen, paid_fen) = (order.amount_fen, receipt.amount_fen);
        return Err(ProvisionError::Amount { out_trade_no: number(), expected_fen, paid_fen });
    }
    match (&order.state, &order.transaction_id) {
        (OrderState::Expected, _) => {}
        // The news that it went back was faster than the news that it came.
        (OrderState::Refunded, None) => return Ok(None),
        (_, Some(known)) if *known == receipt.transaction_id => return Ok(None),
        _ => return Err(ProvisionError::PaidTwice(number())),
    }
    match &order.payer {
        // WeChat's own accounts are proved by the payment: an order for one cannot be paid by another.
        Some(payer) if payer.starts_with("wx:") && payer != receipt.payer.as_str() => {
            Err(ProvisionError::Payer(number()))
        }
        Some(payer) => Ok(Some(payer.clone())),
        None => Ok(Some(receipt.payer.as_str().to_owned())),
    }
}

/// Extends what the payer has, or begins it: what state the order is in then, and for which profile.
fn subscribe(
    tx: &Transaction<'_>,
    product: &Product,
    payer: &str,
    paid_at: DateTime<Utc>,
) -> Result<(OrderState, String), ProvisionError> {
    let months = Months::new(product.options().months);
    let until = |from: DateTime<Utc>| from.checked_add_months(months).unwrap_or(DateTime::<Utc>::MAX_UTC);
    let sql = "SELECT profile, paid_until, state FROM subscription WHERE payer = ? AND product = ?";
    let have: Option<(String, Moment, String)> =
        tx.query_row(sql, [payer, product.name()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?;
    let (profile, state, paid_until, order) = match have {
        // What is being suspended is suspended first, and comes back then: once, however often it is paid for meanwhile.
        Some((profile, Moment(paid_until), state)) if state == "suspending" => {
            (profile, "resuming".to_owned(), until(paid_until.max(paid_at)), OrderState::Paid)
        }
        Some((profile, Moment(paid_until), state)) if state == "suspended" => {
            (profile, "provisioning".to_owned(), until(paid_until.max(paid_at)), OrderState::Paid)
        }
        Some((profile, Moment(paid_until), state)) if state != "quarantined" => {
            (profile, state, until(paid_until.max(paid_at)), OrderState::Alive)
        }
        Some((profile, ..)) => (profile, "provisioning".to_owned(), until(paid_at), OrderState::Paid),
        None => {
            let profile = free_name(tx, payer, product.name(), 0)?;
            (profile.to_string(), "provisioning".to_owned(), until(paid_at), OrderState::Paid)
        }
    };
    tx.execute(
        "INSERT INTO subscription (payer, product, profile, paid_until, state) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (payer, product) DO UPDATE SET paid_until = excluded.paid_until, state = excluded.state",
        params![payer, product.name(), profile, Moment(paid_until), state],
    )?;
    Ok((order, profile))
}

/// The first name that no other subscription has, from the attempt `first` on.
pub(super) fn free_name(
    tx: &Transaction<'_>,
    payer: &str,
    product: &str,
    first: u32,
) -> Result<ProfileName, ProvisionError> {
    let mut taken = tx.prepare_cached("SELECT EXISTS (SELECT 1 FROM subscription WHERE profile = ?)")?;
    for attempt in first..NAMES_MAX {
        let Some(name) = profile_name(payer, product, attempt) else { continue };
        if !taken.query_row([name.as_str()], |row| row.get::<_, bool>(0))? {
            return Ok(name);
        }
    }
    Err(ProvisionError::Inconsistent(format!("no name is left for a profile of {product}")))
}

/// Reserves what there is in the pools for an order; what is missing. A suspended profile keeps what it had.
pub(super) fn reserve(
    tx: &Transaction<'_>,
    product: &Product,
    profile: &str,
    out_trade_no: &str,
    now: DateTime<Utc>,
) -> Result<Vec<String>, ProvisionError> {
    let kept = delivery::kept(tx, profile, &holder(out_trade_no))?;
    let (mut nth, mut dry) = (BTreeMap::<&str, u32>::new(), Vec::new());
    for need in product.needs().iter().filter(|need| !kept.contains(&need.name)) {
        let From::Pool(pool) = &need.from else { continue };
        let index = nth.entry(pool).or_default();
        if pool::reserve(tx, pool, &holder(out_trade_no), *index, now)?.is_none() {
            dry.push(pool.clone());
        }
        *index += 1;
    }
    dry.dedup();
    Ok(dry)
}
