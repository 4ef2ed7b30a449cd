//! From a look at the file to prices in force, with an entry in the audit log: money depends on them.

use gateway_ledger::AuditEntry;
use route_policy::PriceRow;
use serde_json::{Value, json};

use super::{PriceBook, Reloaded, book::Changed};
use crate::gateway::Gateway;

/// Rows of a change that the audit log repeats; how many there are it says in any case.
const ROWS: usize = 100;

/// When the file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// If it may have changed.
    IfChanged,
    /// In any case.
    Anyway,
}

impl PriceBook {
    /// Looks at the file, and puts what it says into force: for what is asked from now on.
    pub(crate) async fn renew(&self, gateway: &Gateway, look: Look, actor: &str) -> Reloaded {
        let _looking = self.looking.lock().await;
        let now = gateway.time.clock().now();
        let reloaded = match look {
            Look::IfChanged => self.reload_if_changed(now).await,
            Look::Anyway => self.reload(now).await,
        };
        if let Reloaded::Changed(changed) = &reloaded {
            gateway.take_prices(changed.table.clone());
            tell(gateway, changed, actor).await;
        }
        reloaded
    }
}

/// Writes into the audit log which rows came and which went.
pub(crate) async fn tell(gateway: &Gateway, changed: &Changed, actor: &str) {
    let Changed { before, after, .. } = changed;
    if before == after {
        return;
    }
    let entry = AuditEntry {
        at: gateway.time.clock().now(),
        actor: actor.to_owned(),
        action: "prices.change".into(),
        subject: "prices".to_owned(),
        before: Some(told(before, "gone", after)),
        after: Some(told(after, "new", before)),
    };
    if let Err(error) = gateway.ledger.audit(entry).await {
        tracing::warn!(error = %error, "the change of prices was not written into the audit log: {error}");
    }
}

/// How many rows there are, and those that are not among the others.
fn told(rows: &[PriceRow], word: &str, others: &[PriceRow]) -> Value {
    let only_here: Vec<&PriceRow> = rows.iter().filter(|row| !others.contains(row)).take(ROWS).collect();
    json!({"rows": rows.len(), word: only_here})
}
