//! Around midnight in Shanghai: money belongs to the day of its reservation, in the budgets and in the reports.

use gateway_ledger::{SpendingBy, SpendingQuery};
use tempfile::TempDir;

use crate::support::{at, open_at, row, today, yuan};

const BEFORE: &str = "2026-11-23T15:59:59.900Z";
const AFTER: &str = "2026-11-23T16:00:00.100Z";

fn by_day() -> SpendingQuery {
    SpendingQuery {
        from: at("2026-11-22T16:00:00Z"),
        to: at("2026-11-24T16:00:00Z"),
        by: SpendingBy::Day,
        profile: None,
        channel: None,
        model: None,
    }
}

#[tokio::test]
async fn a_new_day_has_its_own_budget_and_the_old_one_is_still_settled() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open_at(folder.path(), at(BEFORE));
    let (monday, tuesday, limit) = (today(), today().next(), Some(yuan("2")));
    assert_eq!(ledger.lease("a", monday, yuan("5"), limit).await.unwrap(), yuan("2"));
    assert_eq!(ledger.lease("a", monday, yuan("5"), limit).await.unwrap(), yuan("0"));
    assert_eq!(ledger.lease("a", tuesday, yuan("5"), limit).await.unwrap(), yuan("2"));

    // Reserved on Monday, ended on Tuesday.
    let mut over = row("over-midnight", "alice", "a", "1.5");
    over.at = at(BEFORE);
    ledger.record(over).unwrap();
    ledger.return_lease("a", monday, yuan("1.5")).await.unwrap();
    ledger.close().await.unwrap();
    let (ledger, recovery) = open_at(folder.path(), at(AFTER));
    let spent = [("a".to_owned(), monday, yuan("1.5")), ("a".to_owned(), tuesday, yuan("2"))];
    assert_eq!(recovery.spent, spent, "both days, so that a clock that steps back opens no budget again");
    assert_eq!((recovery.written_off.len(), recovery.written_off[0].day), (1, tuesday));
    assert_eq!(ledger.day_totals(monday).await.unwrap()[0].charged, yuan("1.5"));
}

#[tokio::test]
async fn a_request_that_waits_over_midnight_is_charged_to_the_day_that_it_was_reserved_on_everywhere() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open_at(folder.path(), at(BEFORE));
    let mut waited = row("waited", "alice", "a", "0.7");
    waited.at = at(BEFORE);
    waited.charges[0].day = today().next();
    ledger.record(waited).unwrap();
    ledger.flush().await.unwrap();
    let days = ledger.spending(by_day()).await.unwrap();
    let told: Vec<_> = days.iter().map(|line| (line.key.as_str(), line.requests, line.cny)).collect();
    assert_eq!(told, [("2026-11-23", 1, yuan("0")), ("2026-11-24", 0, yuan("0.7"))]);
    assert_eq!(ledger.day_totals(today().next()).await.unwrap()[0].charged, yuan("0.7"));
    ledger.close().await.unwrap();
    let (_, recovery) = open_at(folder.path(), at(AFTER));
    let caps: Vec<_> = recovery.profile_spent.into_iter().filter(|(.., spent)| *spent > yuan("0")).collect();
    assert_eq!(caps, [("alice".to_owned(), today().next(), yuan("0.7"))]);
}
