//! Books that were restored from a copy: nobody knows what was spent of that day afterwards.

use gateway_ledger::{LedgerError, close_day};
use tempfile::TempDir;

use crate::support::{open, today, yuan};

#[tokio::test]
async fn a_closed_day_grants_no_more_of_a_bounded_budget_and_the_next_one_all() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    let limit = Some(yuan("10"));
    assert_eq!(ledger.lease("a", today(), yuan("2"), limit).await.unwrap(), yuan("2"));
    assert!(matches!(close_day(folder.path(), today()), Err(LedgerError::Locked { .. })), "while somebody keeps them");
    ledger.close().await.unwrap();

    close_day(folder.path(), today()).unwrap();
    let (ledger, recovery) = open(folder.path());
    assert_eq!(recovery.spent[0].2, yuan("2"), "reports stay as they were");
    assert_eq!(ledger.lease("a", today(), yuan("2"), limit).await.unwrap(), yuan("0"));
    assert_eq!(ledger.lease("new", today(), yuan("2"), limit).await.unwrap(), yuan("0"));
    assert_eq!(ledger.lease("a", today(), yuan("2"), None).await.unwrap(), yuan("2"), "no bound, nothing to keep");
    assert_eq!(ledger.lease("a", today().next(), yuan("2"), limit).await.unwrap(), yuan("2"));
}
