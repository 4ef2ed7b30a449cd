use std::fmt::Debug;

use chrono::TimeDelta;
use tempfile::TempDir;

use super::*;
use crate::{Books, telegram};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_420_800, 0).unwrap()
}

struct Desk {
    operations: Operations,
    books: Books,
    _folder: TempDir,
}

fn desk() -> Desk {
    let folder = TempDir::new().unwrap();
    let books = Books::open(folder.path()).unwrap();
    Desk { operations: Operations::new(books.clone()), books, _folder: folder }
}

fn proof(user_id: u64, operation: &OperationId, digest: u8) -> telegram::Proof {
    telegram::Proof { user_id, operation: operation.to_string(), signed_at: now(), digest: [digest; 32] }
}

fn text(result: Result<impl Debug, OperationRefused>) -> String {
    result.unwrap_err().to_string()
}

#[tokio::test]
async fn a_claim_is_proved_carried_out_and_told_once() {
    let Desk { operations, books, .. } = desk();
    let begun = operations.begin_claim("lao-wang", now()).await.unwrap();
    let poll = begun.poll.expose().as_bytes();
    let told = operations.collect(&begun.id, poll, now()).await.unwrap();
    assert!(told.operation.state == State::Open && told.token.is_none());

    let proved = operations.prove_by_telegram(&proof(7, &begun.id, 1), now()).await.unwrap();
    assert_eq!((proved.state.clone(), proved.to.as_deref()), (State::Proved, Some("tg:7")));
    assert_eq!(operations.proved().await.unwrap(), std::slice::from_ref(&proved));
    assert!(operations.collect(&begun.id, poll, now()).await.unwrap().token.is_none(), "git has not got it yet");
    operations.end(&begun.id, Ok(()), now()).await.unwrap();
    assert!(operations.proved().await.unwrap().is_empty());
    operations.end(&begun.id, Ok(()), now()).await.unwrap();
    let audited: Vec<String> = books
        .read(|connection| {
            let mut lines = connection.prepare("SELECT actor || ' ' || action || ' ' || subject FROM audit")?;
            Ok::<_, OperationRefused>(lines.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
        })
        .await
        .unwrap();
    assert_eq!(audited, ["tg:7 claim.done lao-wang"], "once");

    assert_eq!(text(operations.collect(&begun.id, b"tw-guess", now()).await), "the secret to poll with is wrong");
    let token = operations.collect(&begun.id, poll, now()).await.unwrap().token.unwrap();
    let digest = token.digest();
    let subject: String = books
        .read(move |connection| {
            let sql = "SELECT subject FROM credential WHERE sha256 = ? AND kind = 'owner'";
            Ok::<_, OperationRefused>(connection.query_row(sql, [digest.as_bytes()], |row| row.get(0))?)
        })
        .await
        .unwrap();
    assert_eq!(subject, "tg:7");
    let again = text(operations.collect(&begun.id, poll, now()).await);
    assert_eq!(again, "the result was collected already: log in for another token");
}

#[tokio::test]
async fn a_proof_is_used_once_even_where_it_was_refused() {
    let Desk { operations, .. } = desk();
    let (one, other) = (operations.begin_login(now()).await.unwrap(), operations.begin_login(now()).await.unwrap());
    operations.prove_by_telegram(&proof(7, &one.id, 1), now()).await.unwrap();
    let mut replayed = proof(7, &other.id, 1);
    assert_eq!(
        text(operations.prove_by_telegram(&replayed, now()).await),
        "this proof was used before: open the link again"
    );

    replayed.digest = [2; 32];
    let late = now() + TimeDelta::minutes(15);
    assert_eq!(text(operations.prove_by_telegram(&replayed, late).await), "the operation expired: begin again");
    let again = text(operations.prove_by_telegram(&replayed, now()).await);
    assert_eq!(again, "this proof was used before: open the link again");
    replayed.digest = [3; 32];
    operations.prove_by_telegram(&replayed, late - TimeDelta::milliseconds(1)).await.unwrap();
    replayed.digest = [4; 32];
    assert_eq!(text(operations.prove_by_telegram(&replayed, now()).await), "the operation has ended already");
    for operation in ["0".repeat(32), "op7".to_owned(), String::new()] {
        let unknown = telegram::Proof { operation, ..proof(7, &one.id, 9) };
        assert!(operations.prove_by_telegram(&unknown, now()).await.is_err());
    }
}

#[tokio::test]
async fn a_transfer_needs_both_and_nobody_else() {
    let Desk { operations, .. } = desk();
    let begun = operations.begin_transfer("lao-wang", "tg:7", "wx:app:oZ", now()).await.unwrap();
    let stranger = operations.prove_by_telegram(&proof(8, &begun.id, 1), now()).await;
    assert_eq!(text(stranger), "the operation does not concern tg:8");
    let half = operations.prove_by_telegram(&proof(7, &begun.id, 2), now()).await.unwrap();
    assert_eq!((half.state, half.from_proved_at, half.to_proved_at), (State::Open, Some(now()), None));
    let twice = operations.prove_by_telegram(&proof(7, &begun.id, 3), now()).await.unwrap();
    assert_eq!(twice.state, State::Open, "agreeing twice is not agreeing for both");
    let second = text(operations.begin_transfer("lao-wang", "tg:7", "tg:9", now()).await);
    assert_eq!(second, "another operation on \"lao-wang\" is under way: wait until it ends, 901 s at most");
    let whole = operations.prove_by_token(&begun.id, "wx:app:oZ", now()).await.unwrap();
    assert_eq!(whole.state, State::Proved);
    operations.end(&begun.id, Err("the owner changed".to_owned()), now()).await.unwrap();
    operations.end(&begun.id, Ok(()), now()).await.unwrap();
    let ended = operations.get(&begun.id).await.unwrap();
    assert_eq!((ended.kind, ended.state), (Kind::Transfer, State::Refused("the owner changed".to_owned())));
    assert!(operations.collect(&begun.id, begun.poll.expose().as_bytes(), now()).await.unwrap().token.is_none());
}

#[tokio::test]
async fn who_begins_a_transfer_gets_no_token_of_the_new_owner() {
    let Desk { operations, .. } = desk();
    let begun = operations.begin_transfer("lao-wang", "tg:7", "tg:9", now()).await.unwrap();
    operations.prove_by_token(&begun.id, "tg:7", now()).await.unwrap();
    operations.prove_by_token(&begun.id, "tg:9", now()).await.unwrap();
    operations.end(&begun.id, Ok(()), now()).await.unwrap();
    let told = operations.collect(&begun.id, begun.poll.expose().as_bytes(), now()).await.unwrap();
    assert!(told.operation.state == State::Done && told.token.is_none());
}

#[tokio::test]
async fn who_proves_first_gets_it_and_the_other_claim_stays_open_for_git_to_refuse() {
    let Desk { operations, .. } = desk();
    let (one, other) = (
        operations.begin_claim("lao-wang", now()).await.unwrap(),
        operations.begin_claim("lao-wang", now()).await.unwrap(),
    );
    operations.prove_by_telegram(&proof(8, &other.id, 1), now()).await.unwrap();
    operations.prove_by_telegram(&proof(7, &one.id, 2), now()).await.unwrap();
    assert_eq!(operations.proved().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_name_that_is_being_provisioned_cannot_be_claimed() {
    let Desk { operations, books, .. } = desk();
    let begun = operations.begin_claim("lao-wang", now()).await.unwrap();
    books
        .write(|tx| {
            let sql = "INSERT INTO orders (out_trade_no, product, amount_fen, state, profile, created_at, changed_at)
                       VALUES ('1', 'pro', 1, 'sealed', 'lao-wang', 0, 0)";
            tx.execute(sql, [])?;
            Ok::<_, OperationRefused>(())
        })
        .await
        .unwrap();
    let refused = "\"lao-wang\" is being provisioned for somebody who paid for it";
    assert_eq!(text(operations.begin_claim("lao-wang", now()).await), refused);
    assert_eq!(text(operations.prove_by_telegram(&proof(7, &begun.id, 1), now()).await), refused);
    operations.begin_claim("lao-li", now()).await.unwrap();
}

#[tokio::test]
async fn what_ended_is_forgotten_and_what_was_proved_is_not() {
    let Desk { operations, .. } = desk();
    let (ended, proved) = (operations.begin_login(now()).await.unwrap(), operations.begin_login(now()).await.unwrap());
    operations.prove_by_telegram(&proof(7, &proved.id, 1), now()).await.unwrap();
    assert_eq!(operations.forget(now() + TimeDelta::minutes(15)).await.unwrap(), 0);
    assert_eq!(operations.forget(now() + TimeDelta::minutes(16)).await.unwrap(), 1);
    assert_eq!(text(operations.get(&ended.id).await), "there is no such operation");
    assert_eq!(operations.get(&proved.id).await.unwrap().state, State::Proved);
}
