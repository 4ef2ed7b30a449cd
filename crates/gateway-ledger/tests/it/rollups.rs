//! Sums of an hour on their way to the warehouse.

use tempfile::TempDir;

use crate::support::{at, noon, open, row, yuan};

#[tokio::test]
async fn an_hour_is_cut_when_it_is_over_and_again_when_rows_come_late() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    ledger.record(row("1", "alice", "a", "0.3")).unwrap();
    ledger.flush().await.unwrap();
    for early in ["2026-11-23T04:59:00Z", "2026-11-23T05:01:59Z"] {
        assert!(ledger.pending_rollups(at(early), 10).await.unwrap().is_empty(), "{early}");
    }
    let over = at("2026-11-23T05:02:00Z");
    let first = ledger.pending_rollups(over, 10).await.unwrap();
    assert_eq!((first.len(), first[0].hour, first[0].version), (1, noon(), 1));
    assert_eq!((first[0].rows.len(), first[0].rows[0].cny), (1, yuan("0.3")));
    ledger.mark_pushed(noon(), 1, over).await.unwrap();
    assert_eq!(ledger.pending_rollups(over, 10).await.unwrap()[0].pushed_at, Some(over));
    ledger.mark_recorded(noon(), 1).await.unwrap();
    assert!(ledger.pending_rollups(over, 10).await.unwrap().is_empty());

    ledger.record(row("2", "alice", "a", "0.1")).unwrap();
    ledger.flush().await.unwrap();
    let second = ledger.pending_rollups(over, 10).await.unwrap();
    assert_eq!((second[0].version, second[0].pushed_at, second[0].rows[0].cny), (2, None, yuan("0.4")));
    // What an older push confirms does not count for the newer version.
    ledger.mark_recorded(noon(), 1).await.unwrap();
    assert_eq!(ledger.pending_rollups(over, 10).await.unwrap(), second, "the rows of a version never change");
    ledger.mark_recorded(noon(), 3).await.unwrap();
    assert_eq!(ledger.pending_rollups(over, 10).await.unwrap(), second, "nor does a version that was never cut");
}
