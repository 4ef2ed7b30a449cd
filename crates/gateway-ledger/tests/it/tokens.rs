//! Client tokens: registered by id, once.

use gateway_ledger::{LedgerError, Registered, TokenRecord};
use tempfile::TempDir;

use crate::support::{entry, noon, open, yuan};

fn token(id: &str, byte: u8) -> TokenRecord {
    TokenRecord {
        id: id.to_owned(),
        name: "Alice".to_owned(),
        profile: "alice".to_owned(),
        sha256: [byte; 32],
        scopes: vec!["llm".to_owned()],
        models: Some(vec!["qwen-*".to_owned()]),
        daily_cap: Some(yuan("20")),
        expires_at: None,
        created_at: noon(),
        revoked_at: None,
    }
}

#[tokio::test]
async fn registering_again_is_harmless_and_another_token_under_the_id_a_conflict() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    let register = |token: TokenRecord| ledger.register_token(token, entry("token.create", "t1"));
    assert_eq!(register(token("t1", 1)).await.unwrap(), Registered::New);
    let again = TokenRecord { created_at: noon() + chrono::TimeDelta::hours(1), ..token("t1", 1) };
    assert_eq!(register(again).await.unwrap(), Registered::Same);
    for other in [token("t1", 2), token("t2", 1)] {
        assert!(matches!(register(other).await.unwrap_err(), LedgerError::Conflict(_)));
    }
    assert_eq!(ledger.tokens().await.unwrap(), (vec![token("t1", 1)], 1));
    assert_eq!(ledger.audit_log(Default::default(), None, 10).await.unwrap().entries.len(), 1);
}

#[tokio::test]
async fn a_revoked_token_stays_revoked() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    ledger.register_token(token("t1", 1), entry("token.create", "t1")).await.unwrap();
    let revoke = |id: &'static str| ledger.revoke_token(id, noon(), entry("token.revoke", id));
    assert!(revoke("t1").await.unwrap());
    assert!(!revoke("t1").await.unwrap(), "again is harmless");
    assert!(matches!(revoke("t2").await.unwrap_err(), LedgerError::NotFound(_)));
    let refused = ledger.register_token(token("t1", 1), entry("token.create", "t1")).await.unwrap_err();
    assert!(matches!(refused, LedgerError::Conflict(_)));
    let (tokens, version) = ledger.tokens().await.unwrap();
    assert_eq!((tokens[0].revoked_at, version, ledger.tokens_version().await.unwrap()), (Some(noon()), 2, 2));
    ledger.close().await.unwrap();
    let (ledger, _) = open(folder.path());
    assert_eq!(ledger.tokens().await.unwrap().0, tokens);
}
