use tempfile::TempDir;

use super::*;
use crate::Books;

fn value(text: &str) -> Sealed {
    Sealed { bytes: text.as_bytes().to_vec(), fingerprint: format!("f-{text}") }
}

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

async fn on<T: Send + 'static>(
    books: &Books,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, BooksError> + Send + 'static,
) -> T {
    books.write(work).await.unwrap()
}

#[tokio::test]
async fn a_value_goes_round_and_comes_back_only_when_it_was_replaced() {
    let folder = TempDir::new().unwrap();
    let books = Books::open(folder.path()).unwrap();
    assert!(on(&books, |tx| add(tx, "bots", &value("a"), now())).await);
    assert!(!on(&books, |tx| add(tx, "other", &value("a"), now())).await, "known, whatever the pool");
    let first = on(&books, |tx| reserve(tx, "bots", "order:1", 0, now())).await;
    assert_eq!(first, Some(value("a")));
    assert_eq!(on(&books, |tx| reserve(tx, "bots", "order:1", 0, now())).await, first, "the same one again");
    assert_eq!(on(&books, |tx| reserve(tx, "bots", "order:2", 0, now())).await, None, "dry");
    on(&books, |tx| bind(tx, "order:1", "profile:p", now())).await;
    on(&books, |tx| give_back(tx, "profile:p", true, now())).await;
    assert_eq!(on(&books, |tx| reserve(tx, "bots", "order:2", 0, now())).await, None, "its owner has seen it");
    let back = on(&books, |tx| cooling(tx, "bots")).await;
    assert_eq!((back[0].fingerprint.as_str(), back[0].holder.as_deref()), ("f-a", Some("profile:p")));
    assert!(!on(&books, |tx| replace(tx, "bots", "f-a", &value("a"), now())).await, "by itself is no replacement");
    assert!(on(&books, |tx| replace(tx, "bots", "f-a", &value("b"), now())).await);
    assert!(!on(&books, |tx| replace(tx, "bots", "f-a", &value("c"), now())).await, "it is gone");
    assert_eq!(on(&books, |tx| reserve(tx, "bots", "order:2", 0, now())).await, Some(value("b")));
    let count = on(&books, |tx| counts(tx)).await["bots"];
    assert_eq!(count, PoolCount { reserved: 1, ..PoolCount::default() });
}

#[tokio::test]
async fn what_nobody_has_seen_is_free_at_once_and_two_needs_get_two_values() {
    let folder = TempDir::new().unwrap();
    let books = Books::open(folder.path()).unwrap();
    for text in ["a", "b"] {
        on(&books, move |tx| add(tx, "bots", &value(text), now())).await;
    }
    let both =
        on(&books, |tx| Ok((reserve(tx, "bots", "order:1", 0, now())?, reserve(tx, "bots", "order:1", 1, now())?)));
    let (one, two) = both.await;
    assert!(one.is_some() && two.is_some() && one != two);
    on(&books, |tx| give_back(tx, "order:1", false, now())).await;
    assert_eq!(on(&books, |tx| counts(tx)).await["bots"], PoolCount { free: 2, ..PoolCount::default() });
}
