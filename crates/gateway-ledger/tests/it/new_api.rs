//! Files of New-API, in three versions of its schema.

use std::path::PathBuf;

use gateway_ledger::new_api::{NewApiError, NewApiImport, read};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::support::yuan;

const NEW: &str = r#"
    CREATE TABLE channels (id INTEGER PRIMARY KEY, type INTEGER, key TEXT, status INTEGER, name TEXT, weight INTEGER,
        base_url TEXT, models TEXT, "group" TEXT, model_mapping TEXT, priority INTEGER, auto_ban INTEGER, remark TEXT,
        channel_info TEXT, a_column_of_tomorrow BLOB);
    INSERT INTO channels VALUES
        (1, 40, 'sk-silicon', 1, 'Silicon Flow 主', 3, '', 'deepseek-v3,qwen-plus', 'default,vip',
         '{"deepseek-v3":"deepseek-ai/DeepSeek-V3"}', 10, 1, 'paid by card', '{"is_multi_key":false}', x'00'),
        (2, 17, 'sk-ali-1' || char(10) || 'sk-ali-2', 1, 'ali', 0, NULL, 'qwen-plus', 'default', '', 0, 1, NULL,
         '{"is_multi_key":true,"multi_key_status_list":{"1":3}}', NULL),
        (3, 1, '["sk-a","sk-b"]', 2, 'ali', 0, 'https://relay.example.com/', 'gpt-4o', 'default', 'not json', 0, 1,
         NULL, '{"is_multi_key":true}', NULL),
        (4, 57, 'oauth', 1, 'codex', 0, '', 'gpt-5', 'default', '', 0, 1, NULL, '{broken', NULL);
    CREATE TABLE tokens (id INTEGER PRIMARY KEY, key TEXT, status INTEGER, name TEXT, expired_time INTEGER,
        remain_quota INTEGER, unlimited_quota INTEGER, model_limits_enabled INTEGER, model_limits TEXT, "group" TEXT,
        deleted_at DATETIME);
    INSERT INTO tokens VALUES (1, 'abc', 1, 'alice', -1, 0, 1, 1, 'qwen-plus', '', NULL),
        (2, 'key-of-bob', 2, 'bob', 1800000000, 500, 0, 0, '', '', NULL), (3, 'gone', 1, 'eve', -1, 0, 1, 0, '', '', '2026-01-01');
    CREATE TABLE options (key TEXT PRIMARY KEY, value TEXT);
    INSERT INTO options VALUES ('ModelRatio', '{"qwen-plus": 0.1, "mystery": 2}'), ('CompletionRatio', '{"qwen-plus": 2.5}'),
        ('CacheRatio', '{"qwen-plus": 0.5}'), ('USDExchangeRate', '7'), ('ModelPrice', '{"dall-e": 0.04}');
"#;

fn import(statements: &str) -> (NewApiImport, TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("one-api.db");
    Connection::open(&file).unwrap().execute_batch(statements).unwrap();
    (read(&file).unwrap(), folder, file)
}

#[test]
fn channels_keys_prices_and_tokens_are_taken_over() {
    let (import, _folder, _) = import(NEW);
    let silicon = &import.channels[0];
    assert_eq!((silicon.name.as_str(), silicon.dialect, silicon.weight), ("silicon-flow", Some("siliconflow"), 3));
    assert_eq!((silicon.models.len(), silicon.groups.len(), silicon.priority), (2, 2, 10));
    assert_eq!(silicon.model_map, [("deepseek-v3".to_owned(), "deepseek-ai/DeepSeek-V3".to_owned())]);
    assert_eq!(silicon.disabled_reason, None);

    let told: Vec<_> = import.channels[1..]
        .iter()
        .map(|c| (c.name.as_str(), c.account.as_str(), c.disabled_reason.is_some()))
        .collect();
    let expected = [
        ("ali-k1", "ali", false),
        ("ali-k2", "ali", true),
        ("ali-3-k1", "ali-3", true),
        ("ali-3-k2", "ali-3", true),
        ("codex", "codex", true),
    ];
    assert_eq!(told, expected);
    assert_eq!(import.channels[1].key.as_ref().unwrap().expose(), "sk-ali-1");
    assert_eq!(import.channels[3].base_url.as_deref(), Some("https://relay.example.com/v1"));
    assert!(import.channels[5].disabled_reason.as_deref().unwrap().contains("57"));

    let price = &import.prices[0];
    assert_eq!((price.model.as_str(), price.input, price.output), ("qwen-plus", yuan("1.4"), yuan("3.5")));
    assert_eq!((price.cached_input, import.prices.len()), (Some(yuan("0.7")), 1));

    assert_eq!(import.tokens.len(), 2, "deleted ones are left out");
    let digest = ring::digest::digest(&ring::digest::SHA256, b"sk-abc");
    assert_eq!((&import.tokens[0].sha256[..], import.tokens[0].expires_at), (digest.as_ref(), None));
    assert_eq!((import.tokens[1].enabled, import.tokens[1].expires_at.is_some()), (false, true));
    let notes = import.notes.join("\n");
    for part in ["model_mapping", "channel_info", "mystery", "dall-e", "quota"] {
        assert!(notes.contains(part), "{part} in {notes}");
    }
}

#[test]
fn no_key_shows_in_what_is_printed() {
    let (import, _folder, _) = import(NEW);
    let printed = format!("{import:?}");
    for key in ["sk-silicon", "sk-ali-1", "sk-a\"", "oauth", "abc", "key-of-bob"] {
        assert!(!printed.contains(key), "{key}");
    }
}

#[test]
fn an_old_schema_lacks_columns_and_keys_are_lines() {
    let (import, _folder, _) = import(
        "CREATE TABLE channels (id INTEGER PRIMARY KEY, type INTEGER, key TEXT, status INTEGER, name TEXT, models TEXT);
         INSERT INTO channels VALUES (7, 1, 'sk-1' || char(10) || ' sk-2 ', 1, '', 'gpt-4o'), (8, 1, NULL, 1, 'x', '');",
    );
    let told: Vec<_> = import.channels.iter().map(|c| (c.name.as_str(), c.weight, c.disabled_reason.clone())).collect();
    let no_key = Some("it has no key".to_owned());
    assert_eq!(told, [("channel-k1", 1, None), ("channel-k2", 1, None), ("x", 1, no_key)]);
    assert_eq!(import.channels[1].key.as_ref().unwrap().expose(), "sk-2");
    assert!(import.prices.is_empty() && import.tokens.is_empty() && import.notes.len() == 2);
}

#[test]
fn a_schema_between_has_json_keys_without_channel_info_and_unreadable_ratios() {
    let (import, _folder, _) = import(
        r#"CREATE TABLE channels (id INTEGER PRIMARY KEY, type BIGINT, key TEXT, status BIGINT, name TEXT, weight TEXT,
               base_url TEXT, models TEXT, "group" VARCHAR(64), priority REAL, balance REAL, param_override TEXT);
           INSERT INTO channels VALUES
               (1, 17, '["sk-1", "sk-2"]', 3, 'ali', '5', 'https://dashscope.example.com', ' qwen-plus , ,qwen-max ',
                'vip', 7.0, 1.5, '{"top_p":0.1}'),
               (2, 41, '{' || char(10) || '  "private_key": "secret-of-vertex"' || char(10) || '}', 1, 'vertex', '0', '', 'gemini',
                'default', 0, 0, NULL),
               (3, 1, 'sk-3', 1, 'ali', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
           CREATE TABLE tokens (id INTEGER PRIMARY KEY, key TEXT, status INTEGER, name TEXT, expired_time INTEGER,
               allow_ips TEXT);
           INSERT INTO tokens VALUES (1, 'sk-kept-whole', 1, 'old', -1, '10.0.0.0/8');
           CREATE TABLE options (key TEXT, value TEXT);
           INSERT INTO options VALUES ('ModelRatio', '{not json'), ('CompletionRatio', '[]');"#,
    );
    let told: Vec<_> = import
        .channels
        .iter()
        .map(|c| (c.name.as_str(), c.account.as_str(), c.weight, c.priority, c.groups.join("+"), c.models.len()))
        .collect();
    let vip = || "vip".to_owned();
    let expected = [
        ("ali-k1", "ali", 5, 7, vip(), 2),
        ("ali-k2", "ali", 5, 7, vip(), 2),
        ("vertex", "vertex", 1, 0, "default".to_owned(), 1),
        ("ali-3", "ali-3", 1, 0, String::new(), 0),
    ];
    assert_eq!(told, expected);
    assert_eq!(import.channels[0].base_url.as_deref(), Some("https://dashscope.example.com/compatible-mode/v1"));
    assert_eq!(import.channels[1].key.as_ref().unwrap().expose(), "sk-2");
    assert!(import.channels[1].disabled_reason.as_deref().unwrap().contains("New-API itself"));
    assert!(import.channels[2].disabled_reason.as_deref().unwrap().contains("41"), "of a type that is not known");
    assert!(import.channels[2].key.as_ref().unwrap().expose().contains("secret-of-vertex"), "one key of many lines");
    let digest = ring::digest::digest(&ring::digest::SHA256, b"sk-kept-whole");
    assert_eq!(&import.tokens[0].sha256[..], digest.as_ref());
    let notes = import.notes.join("\n");
    for part in ["ModelRatio", "CompletionRatio", "param_override", "addresses"] {
        assert!(notes.contains(part), "{part} in {notes}");
    }
    assert!(!notes.contains("sk-"), "{notes}");
}

#[test]
fn a_change_that_is_not_finished_is_not_read() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("one-api.db");
    let live = Connection::open(&file).unwrap();
    live.execute_batch(NEW).unwrap();
    // A transaction so large that its pages are in the file already; the journal beside it takes them back.
    live.execute_batch(
        "PRAGMA cache_size = 2; BEGIN; UPDATE channels SET name = 'half-done';
         WITH n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 500)
         INSERT INTO options SELECT n, hex(randomblob(500)) FROM n;",
    )
    .unwrap();
    let alone = folder.path().join("without-its-journal.db");
    std::fs::copy(&file, &alone).unwrap();
    assert_eq!(read(&alone).unwrap().channels[0].name, "half-done", "it is in the file");
    assert_eq!(read(&file).unwrap().channels[0].name, "silicon-flow");
}

#[test]
fn rows_that_are_still_in_the_log_are_read_and_the_original_is_not_touched() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("one-api.db");
    let live = Connection::open(&file).unwrap();
    live.pragma_update(None, "journal_mode", "WAL").unwrap();
    live.execute_batch(NEW).unwrap();
    let before = (std::fs::read(&file).unwrap(), std::fs::read_dir(folder.path()).unwrap().count());
    assert_eq!(read(&file).unwrap().channels.len(), 6);
    assert_eq!((std::fs::read(&file).unwrap(), std::fs::read_dir(folder.path()).unwrap().count()), before);
}

#[test]
fn what_is_not_new_apis_is_refused_by_name() {
    let folder = TempDir::new().unwrap();
    assert!(matches!(read(&folder.path().join("nothing.db")).unwrap_err(), NewApiError::Unreadable { .. }));
    let other = folder.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE x (y)").unwrap();
    let refused = read(&other).unwrap_err();
    assert!(matches!(&refused, NewApiError::NotNewApi { .. }) && refused.to_string().contains("other.db"), "{refused}");
}
