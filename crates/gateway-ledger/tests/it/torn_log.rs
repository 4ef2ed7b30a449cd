//! The write-ahead log after a crash of the machine: its end cut off, or full of what the disk held before.

use std::fs;

use gateway_ledger::{RequestFilter, RequestRow};
use proptest::prelude::*;
use route_policy::Cny;
use tempfile::TempDir;

use crate::support::{as_after_a_kill, open, row, today, yuan};

const STEPS: i64 = 20;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// However much of the log is whole: the books open, and say what they said at some moment.
    #[test]
    fn a_torn_log_leaves_an_earlier_state_of_the_books(torn in 0.0..1.0_f64, garbage: Option<u8>) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let folder = TempDir::new().unwrap();
            let (ledger, _) = open(folder.path());
            for n in 0..STEPS {
                ledger.lease("a", today(), yuan("1"), None).await.unwrap();
                ledger.record(row(&n.to_string(), "alice", "a", "0.5")).unwrap();
                ledger.flush().await.unwrap();
            }
            let killed = as_after_a_kill(folder.path());
            let log = killed.path().join("gateway.sqlite-wal");
            let mut bytes = fs::read(&log).unwrap();
            let whole = (bytes.len() as f64 * torn) as usize;
            match garbage {
                Some(byte) => bytes[whole..].fill(byte),
                None => bytes.truncate(whole),
            }
            fs::write(&log, bytes).unwrap();

            let (after, recovery) = open(killed.path());
            let rows = after.requests(RequestFilter::default(), None, 100).await.unwrap().rows;
            let recorded: Cny = rows.iter().map(RequestRow::cny).sum();
            let Some(total) = after.day_totals(today()).await.unwrap().pop() else {
                assert!(rows.is_empty(), "rows without their budget");
                return;
            };
            assert_eq!(total.charged, recorded + total.written_off, "rows and sums belong together");
            assert_eq!(recovery.spent[0].2, total.leased);
            // One lease before every row: at each moment as many, or one more.
            let leases = total.leased.nano() / yuan("1").nano();
            assert!([0, 1].contains(&(leases - rows.len() as i64)), "{leases} leases, {} rows", rows.len());
            assert!(leases <= STEPS);
        });
    }
}
