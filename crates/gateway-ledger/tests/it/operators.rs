//! What operators change, with its audit log; keys that are stored.

use gateway_ledger::{
    AuditFilter, BudgetOverride, ChannelOverride, LedgerError, Parked, StoredChannel,
    seal::{MasterKey, SealError},
};
use serde_json::json;
use tempfile::TempDir;

use crate::support::{entry, noon, open, yuan};

const KEY: &str = "sk-0123456789abcdef-the-upstream-key";

fn master(secret: &str) -> MasterKey {
    MasterKey::from_secret(secret).unwrap()
}

fn stored(name: &str, with: &MasterKey) -> StoredChannel {
    let key = Some(with.seal(name, KEY).unwrap());
    StoredChannel { name: name.to_owned(), config: json!({"dialect": "openai"}), key, updated_at: noon() }
}

#[tokio::test]
async fn a_change_and_its_audit_entry_are_there_together_after_a_restart() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    let change = ChannelOverride {
        enabled: Some(false),
        budget: Some(BudgetOverride::PerDay(yuan("0"))),
        ..ChannelOverride::default()
    };
    ledger.set_override("a", change.clone(), entry("channel.disable", "a")).await.unwrap();
    ledger.close().await.unwrap();
    let (ledger, _) = open(folder.path());
    assert_eq!(ledger.overrides().await.unwrap(), [("a".to_owned(), change)]);
    ledger.set_override("a", ChannelOverride::default(), entry("channel.enable", "a")).await.unwrap();
    assert!(ledger.overrides().await.unwrap().is_empty());

    let page = ledger.audit_log(AuditFilter::default(), None, 1).await.unwrap();
    assert_eq!(page.entries, [entry("channel.enable", "a")]);
    let rest = ledger.audit_log(AuditFilter::default(), page.next, 1).await.unwrap();
    assert_eq!((rest.entries, rest.next), (vec![entry("channel.disable", "a")], None));
    let filter = AuditFilter { action: Some("channel.disable".to_owned()), ..AuditFilter::default() };
    assert_eq!(ledger.audit_log(filter, None, 10).await.unwrap().entries.len(), 1);
}

#[tokio::test]
async fn a_stored_key_is_nowhere_in_clear_and_opens_with_its_master_key_only() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    let right = master("a secret of high entropy");
    ledger.store_channels(vec![stored("a", &right)], vec![entry("channel.create", "a")]).await.unwrap();
    ledger.flush().await.unwrap();
    for name in ["gateway.sqlite", "gateway.sqlite-wal"] {
        let bytes = std::fs::read(folder.path().join(name)).unwrap();
        assert!(!bytes.windows(KEY.len()).any(|window| window == KEY.as_bytes()), "{name}");
    }
    let sealed = ledger.stored_channels().await.unwrap()[0].key.clone().unwrap();
    let opened = right.open("a", &sealed).unwrap();
    assert_eq!(opened.expose(), KEY);
    assert!(!format!("{opened:?}{sealed:?}{right:?}").contains(KEY));
    let wrong = master("another secret of it").open("a", &sealed).unwrap_err();
    assert!(matches!(&wrong, SealError::WrongMasterKey { name, .. } if name == "a"), "{wrong}");
    assert!(matches!(right.open("b", &sealed).unwrap_err(), SealError::Damaged { .. }), "it is bound to its channel");
    assert!(matches!(MasterKey::from_secret("too short").unwrap_err(), SealError::TooShort { found: 9 }));
}

#[tokio::test]
async fn a_new_master_key_reseals_all_keys_or_none() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    let (old, lost) = (|| master("the old secret, long enough"), master("a secret that is lost now"));
    let new = || master("the new secret, long enough");
    let entries = vec![entry("channel.create", "a")];
    ledger.store_channels(vec![stored("a", &old()), stored("b", &lost)], entries).await.unwrap();
    let refused = ledger.reseal_all(old(), new(), entry("keys.reseal", "all")).await.unwrap_err();
    assert!(matches!(&refused, LedgerError::Seal(SealError::WrongMasterKey { name, .. }) if name == "b"), "{refused}");
    let keys = |channels: Vec<StoredChannel>| channels.into_iter().filter_map(|c| c.key).collect::<Vec<_>>();
    assert_eq!(keys(ledger.stored_channels().await.unwrap())[0].key_id, old().id(), "nothing was changed");
    ledger.remove_channel("b", entry("channel.remove", "b")).await.unwrap();
    assert_eq!(ledger.reseal_all(old(), new(), entry("keys.reseal", "all")).await.unwrap(), 1);
    let sealed = keys(ledger.stored_channels().await.unwrap());
    assert_eq!(new().open("a", &sealed[0]).unwrap().expose(), KEY);
    let missing = ledger.remove_channel("b", entry("channel.remove", "b")).await.unwrap_err();
    assert!(matches!(missing, LedgerError::NotFound(_)));
}

#[tokio::test]
async fn what_rests_and_small_facts_outlive_a_restart() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = open(folder.path());
    let rests = vec![Parked {
        scope: "account".to_owned(),
        subject: "main".to_owned(),
        model: None,
        verdict: "account_parked".to_owned(),
        reason: "Arrearage".to_owned(),
        since: noon(),
    }];
    ledger.set_parked(rests.clone()).await.unwrap();
    ledger.set_note("balance/main", json!({"cny": "12.5"})).await.unwrap();
    ledger.close().await.unwrap();
    let (ledger, _) = open(folder.path());
    assert_eq!(ledger.parked().await.unwrap(), rests);
    assert_eq!(ledger.note("balance/main").await.unwrap(), Some(json!({"cny": "12.5"})));
    ledger.set_note("balance/main", serde_json::Value::Null).await.unwrap();
    assert_eq!(ledger.note("balance/main").await.unwrap(), None);
}
