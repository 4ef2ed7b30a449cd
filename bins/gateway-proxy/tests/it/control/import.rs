//! `import-new-api`: over a file as New-API writes it.

use std::path::PathBuf;

use daemon_kit::config::{Config, Environment};
use gateway_proxy::{Import, import_new_api};
use rusqlite::Connection;
use serde_json::json;
use upstream_simulators::{LlmDialect, LlmOptions};

use super::kit::{ADMIN, Operated};

const SCHEMA: &str = "\
    CREATE TABLE channels (id INTEGER PRIMARY KEY, type INTEGER, key TEXT, status INTEGER, name TEXT, weight INTEGER,
        base_url TEXT, models TEXT, \"group\" TEXT, model_mapping TEXT, priority INTEGER, remark TEXT);
    CREATE TABLE options (key TEXT PRIMARY KEY, value TEXT);
    CREATE TABLE tokens (id INTEGER PRIMARY KEY, key TEXT, status INTEGER, name TEXT);";

impl Operated {
    /// A file with two usable channels (one of them with two keys), one of an unknown type, one switched off.
    fn new_api(&self) -> PathBuf {
        let file = self.folder.path().join("one-api.db");
        let books = Connection::open(&file).unwrap();
        books.execute_batch(SCHEMA).unwrap();
        let url = self.llm.base_url();
        let url = url.trim_end_matches("/v1");
        let channel = |id: i64, kind: i64, key: &str, status: i64, name: &str, models: &str, mapping: &str| {
            books
                .execute(
                    "INSERT INTO channels VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, 'default', ?8, 0, NULL)",
                    rusqlite::params![id, kind, key, status, name, url, models, mapping],
                )
                .unwrap();
        };
        channel(1, 1, "sk-sim-key-1\nsk-sim-key-2", 1, "Main pool", "gpt-a,gpt-b", "{\"gpt-b\":\"vendor/gpt-b\"}");
        channel(2, 1, "sk-sim-key-3", 2, "Backup", "gpt-a", "");
        channel(4, 1, "sk-sim-key-3", 2, "Far", "gpt-b,gpt-a,gpt-b", "");
        let bounds = "UPDATE channels SET priority = 99999999999, weight = 4000000000 WHERE id = 4";
        books.execute(bounds, []).unwrap();
        channel(3, 24, "sk-gemini-secret", 1, "Gemini", "gemini-pro", "");
        let option = |key: &str, value: &str| {
            books.execute("INSERT INTO options VALUES (?1, ?2)", [key, value]).unwrap();
        };
        option("ModelRatio", "{\"gpt-a\": 1.5}");
        option("CompletionRatio", "{\"gpt-a\": 4}");
        books.execute("INSERT INTO tokens VALUES (1, 'client-token-secret', 1, 'bot')", []).unwrap();
        file
    }

    async fn import(&self, dry_run: bool, prices: Option<PathBuf>) -> Result<String, String> {
        // The address is the kernel's choice, which the configuration does not know.
        let address = self.base.trim_start_matches("http://");
        let text = self.text.replace("127.0.0.1:0", address);
        let config = Config::from_toml(&text, "test", &Environment::default()).unwrap();
        let import = Import { file: self.folder.path().join("one-api.db"), dry_run, prices };
        let mut out = Vec::new();
        let outcome = import_new_api(&import, &config, &self.clock, &mut out).await;
        let told = String::from_utf8(out).unwrap();
        for secret in ["sk-sim", "sk-gemini", "client-token-secret", ADMIN] {
            assert!(!told.contains(secret), "{secret}: {told}");
        }
        outcome.map(|()| told.clone()).map_err(|error| format!("{told}{error:#}"))
    }
}

async fn gateway() -> Operated {
    let gateway = Operated::over(LlmOptions::with_keys(LlmDialect::OpenAi, 3)).await;
    gateway.new_api();
    gateway
}

/// The line of the report that begins with a name.
fn line<'a>(told: &'a str, name: &str) -> &'a str {
    told.lines().find(|line| line.split_whitespace().next() == Some(name)).unwrap_or_else(|| panic!("{name}: {told}"))
}

#[tokio::test]
async fn a_dry_run_says_what_would_come_and_stores_nothing() {
    let gateway = gateway().await;
    let told = gateway.import(true, None).await.unwrap();
    assert!(line(&told, "main-pool-k1").contains("new") && line(&told, "main-pool-k2").ends_with("enabled"), "{told}");
    assert!(line(&told, "backup").contains("switched off by hand"), "{told}");
    assert!(line(&told, "gemini").contains("type 24"), "{told}");
    for part in ["5 channels, 2 of them enabled: a dry run", "1 client tokens were not taken over", "model = \"gpt-a\""]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
    let channels = gateway.get("/admin/channels").await;
    assert_eq!(channels["channels"].as_array().unwrap().len(), 3, "those of the configuration");
}

#[tokio::test]
async fn a_running_gateway_serves_what_is_imported_at_once_and_importing_again_changes_nothing() {
    let gateway = gateway().await;
    let prices = gateway.folder.path().join("imported.toml");
    let told = gateway.import(false, Some(prices.clone())).await.unwrap();
    assert!(told.contains("stored with the gateway at http://127.0.0.1"), "{told}");
    let (status, channel) = gateway.chat_of("gpt-b").await;
    assert_eq!((status, channel.starts_with("main-pool-k")), (200, true));
    assert!(gateway.llm.calls().bodies().iter().any(|body| body.contains("vendor/gpt-b")));
    let one = gateway.channel("main-pool-k1").await;
    assert_eq!((&one["account"], &one["origin"]), (&json!("main-pool"), &json!("stored")));
    let gemini = gateway.channel("gemini").await;
    assert_eq!((&gemini["state"], &gemini["enabled"]), (&json!("unusable"), &json!(false)));
    assert!(gemini["definition"]["note"].as_str().unwrap().contains("type 24"), "{gemini}");
    assert_eq!(gateway.channel("backup").await["state"], "disabled_by_operator");
    // What New-API takes and this gateway has bounds for, and a model that stands there twice.
    let far = gateway.channel("far").await;
    assert_eq!((&far["priority"], &far["weight"]), (&json!(1_000_000), &json!(1_000_000)));
    assert_eq!(far["definition"]["models"], json!(["gpt-a", "gpt-b"]));
    // ¥21.9 per million tokens: 1.5 × 2 USD × 7.3.
    let written = std::fs::read_to_string(&prices).unwrap();
    assert!(written.contains("input = \"21.9\"") && written.contains("output = \"87.6\""), "{written}");

    let entries = gateway.get("/admin/audit?action=channel.store").await["entries"].as_array().unwrap().len();
    let again = gateway.import(false, None).await.unwrap();
    for name in ["main-pool-k1", "main-pool-k2", "backup", "gemini"] {
        assert!(line(&again, name).contains("same"), "{again}");
    }
    let after = gateway.get("/admin/audit?action=channel.store").await["entries"].as_array().unwrap().len();
    assert_eq!((entries, after), (5, 5));
    gateway.import(false, Some(prices.clone())).await.expect("the file says the same already");
    std::fs::write(&prices, "# mine\n").unwrap();
    let refused = gateway.import(false, Some(prices.clone())).await.unwrap_err();
    assert!(refused.contains("imported.toml"), "a file that is there stays: {refused}");
    assert_eq!(std::fs::read_to_string(&prices).unwrap(), "# mine\n");
}

#[tokio::test]
async fn a_channel_of_the_configuration_is_left_alone_and_a_dry_run_says_so_too() {
    let mut gateway = gateway().await;
    let books = Connection::open(gateway.folder.path().join("one-api.db")).unwrap();
    books.execute("UPDATE channels SET name = 'KEY-2', \"group\" = 'vip,default,x' WHERE id = 2", []).unwrap();
    drop(books);
    for dry_run in [true, false] {
        let told = gateway.import(dry_run, None).await.unwrap_err();
        assert!(line(&told, "key-2").contains("not stored: key-2 stands in the configuration"), "{told}");
        assert!(told.contains("1 channels w") && told.contains("only vip is taken over, not default, x"), "{told}");
    }
    assert_eq!(gateway.channel("key-2").await["origin"], "configured");
    gateway.text = gateway.text.replace("name = \"key-2\"", "name = \"Key-2\"");
    gateway.stop().await;
    let told = gateway.import(false, None).await.unwrap_err();
    assert!(line(&told, "key-2").contains("not stored: Key-2 stands in the configuration"), "{told}");
}

#[tokio::test]
async fn into_the_books_of_a_gateway_that_does_not_run_and_it_serves_them_when_it_starts() {
    let mut gateway = gateway().await;
    gateway.stop().await;
    let told = gateway.import(true, None).await.unwrap();
    assert!(line(&told, "main-pool-k1").contains("not compared"), "{told}");
    let told = gateway.import(false, None).await.unwrap();
    assert!(told.contains("stored in the books in "), "{told}");
    let again = gateway.import(false, None).await.unwrap();
    assert!(line(&again, "main-pool-k1").contains("same") && line(&again, "gemini").contains("same"), "{again}");
    gateway.begin().await;
    assert_eq!(gateway.chat_of("gpt-a").await.0, 200);
    let files = gateway.files();
    assert!(!files.windows(6).any(|bytes| bytes == b"sk-sim"), "a key lies in the books in clear");
}

#[tokio::test]
async fn a_file_that_is_none_and_a_missing_master_key_are_refused_before_anything_is_stored() {
    let mut gateway = gateway().await;
    let file = gateway.folder.path().join("one-api.db");
    let good = std::fs::read(&file).unwrap();
    std::fs::write(&file, "no database").unwrap();
    assert!(gateway.import(false, None).await.is_err());
    std::fs::write(&file, good).unwrap();
    gateway.stop().await;
    gateway.text = gateway.text.lines().filter(|line| !line.starts_with("master_key")).collect::<Vec<_>>().join("\n");
    let refused = gateway.import(false, None).await.unwrap_err();
    assert!(refused.contains("master_key"), "{refused}");
    gateway.begin().await;
    let refused = gateway.import(false, None).await.unwrap_err();
    assert!(line(&refused, "main-pool-k1").contains("master_key") && refused.contains("were not stored"), "{refused}");
}
