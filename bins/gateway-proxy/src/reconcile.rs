//! Our books beside the accounts' own balances.
//!
//! An account that tells its balance (SiliconFlow does) is read; by how much it fell since the last reading is compared with
//! what our books charged to its channels since then. The difference, the drift, is a number in the answer, a gauge and an
//! entry of the audit log. What runs at the moment of a reading is billed before or after it: a drift as small as that is
//! none. A payment into the account looks like a large negative drift, and says so.

mod reading;

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use gateway_ledger::{AuditEntry, LedgerError, SpendingBy, SpendingQuery};
use llm_upstream::Target;
use route_policy::Cny;
use serde::Serialize;
use serde_json::json;

pub(crate) use self::reading::Reading;
use self::reading::{Booked, Noted};
use crate::{channels::Channels, gateway::Gateway};

/// Compares balances. One at a time: two would count one span twice.
pub(crate) struct Reconciler {
    gateway: Arc<Gateway>,
    channels: Arc<Channels>,
    running: tokio::sync::Mutex<()>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Reconciled {
    /// The accounts that told their balance.
    pub(crate) accounts: Vec<Reading>,
    /// Accounts whose balance could not be read, and why.
    pub(crate) unread: BTreeMap<String, String>,
    /// Accounts that have no such question.
    pub(crate) silent: Vec<String>,
}

/// An account's channels: any of their keys tells the same balance.
struct Account {
    targets: Vec<Target>,
    channels: Vec<String>,
}

impl Reconciler {
    /// Over these books and channels.
    pub(crate) fn new(gateway: Arc<Gateway>, channels: Arc<Channels>) -> Self {
        Self { gateway, channels, running: tokio::sync::Mutex::new(()) }
    }

    /// Reads every account and writes the readings down.
    ///
    /// # Errors
    /// When the books cannot be read or written. An account that does not answer is told in the result.
    pub(crate) async fn run(&self) -> Result<Reconciled, LedgerError> {
        let _running = self.running.lock().await;
        let mut reconciled = Reconciled { accounts: Vec::new(), unread: BTreeMap::new(), silent: Vec::new() };
        for (name, account) in self.accounts() {
            match self.balance(&account).await {
                Ok(Some(balance)) => reconciled.accounts.push(self.read(name, balance, &account.channels).await?),
                Ok(None) => reconciled.silent.push(name),
                Err(problem) => {
                    tracing::warn!(account = name, "the balance of account {name} was not read: {problem}");
                    reconciled.unread.insert(name, problem);
                }
            }
        }
        Ok(reconciled)
    }

    fn accounts(&self) -> BTreeMap<String, Account> {
        let mut accounts: BTreeMap<String, Account> = BTreeMap::new();
        for (account, channel, target) in self
            .channels
            .usable(|known, usable| (usable.spec.account.to_string(), known.name.clone(), usable.target.clone()))
        {
            let account = accounts.entry(account).or_insert_with(|| Account { targets: vec![], channels: vec![] });
            account.targets.push(target);
            account.channels.push(channel);
        }
        accounts
    }

    /// By the first key that is told; a dead key is no reason not to ask with the next.
    async fn balance(&self, account: &Account) -> Result<Option<Cny>, String> {
        let mut problem = None;
        for target in &account.targets {
            match self.gateway.upstreams.balance(target).await {
                Ok(balance) => return Ok(balance),
                Err(error) => problem = Some(error.to_string()),
            }
        }
        problem.map_or(Ok(None), Err)
    }

    async fn read(&self, account: String, balance: Cny, channels: &[String]) -> Result<Reading, LedgerError> {
        let key = format!("balance/{account}");
        let at = self.gateway.time.clock().now();
        let last: Option<Noted> =
            self.gateway.ledger.note(&key).await?.and_then(|note| serde_json::from_value(note).ok());
        let since = match &last {
            None => None,
            Some(last) => Some(self.booked(last.booked.from, at, channels).await?.minus_to_zero(last.booked.cny)),
        };
        let reading = Reading::new(account.clone(), at, balance, last.as_ref(), since);
        // Requests that arrived just before and are billed just after are booked in an hour that was read already: the
        // next reading begins an hour earlier and takes off what was there.
        let from = at - TimeDelta::hours(1);
        let booked = Booked { from, cny: self.booked(from, at, channels).await? };
        let noted = Noted { at, balance, booked };
        let noted = serde_json::to_value(noted).map_err(|error| LedgerError::Database(error.to_string()))?;
        self.gateway.ledger.set_note(&key, noted).await?;
        self.tell(&reading).await?;
        Ok(reading)
    }

    /// What the books charged to these channels from the hour of `from` until now, in whole hours.
    async fn booked(&self, from: DateTime<Utc>, at: DateTime<Utc>, channels: &[String]) -> Result<Cny, LedgerError> {
        self.gateway.ledger.flush().await?;
        let mut sum = Cny::ZERO;
        for channel in channels {
            let query = SpendingQuery {
                from,
                to: at + TimeDelta::hours(1),
                by: SpendingBy::Channel,
                profile: None,
                channel: Some(channel.clone()),
                model: None,
            };
            let lines = self.gateway.ledger.spending(query).await?;
            sum += lines.iter().map(|line| line.cny).sum();
        }
        Ok(sum)
    }

    async fn tell(&self, reading: &Reading) -> Result<(), LedgerError> {
        let name = || reading.account.clone();
        metrics::gauge!("gateway_balance_cny", "account" => name()).set(reading.balance.as_f64());
        if let Some(drift) = reading.drift {
            metrics::gauge!("gateway_balance_drift_cny", "account" => name()).set(drift.as_f64());
        }
        tracing::info!(account = reading.account, balance = %reading.balance, "{reading}");
        let entry = AuditEntry {
            at: reading.at,
            actor: "gateway".to_owned(),
            action: "account.reconcile".into(),
            subject: name(),
            before: None,
            after: Some(json!(reading)),
        };
        self.gateway.ledger.audit(entry).await
    }
}
