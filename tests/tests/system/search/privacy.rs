//! What is searched for is nobody's business: not the log's, not Redis's, not the books'.

use std::{
    fs,
    path::{Path, PathBuf},
};

use system_tests::{
    API_TOKEN, Daemon, eventually,
    gateway::Gateway,
    search::{SearchSettings, SearchStage},
};

const LATIN: &str = "zanzibarmarker4711";
const CHINESE: &str = "尾大不掉标记";

/// Both as they may stand somewhere: in clear, percent-encoded, escaped as JSON, in UTF-16, in hex, in base64.
fn spellings() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = Vec::new();
    for marker in [LATIN, CHINESE] {
        let percent: String = marker.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let escaped: String = marker.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        let hex: String = marker.bytes().map(|byte| format!("{byte:02x}")).collect();
        let wide: Vec<u8> = marker.encode_utf16().flat_map(u16::to_le_bytes).collect();
        all.extend([marker.into(), percent.to_lowercase().into(), percent.into(), escaped.into(), hex.into(), wide]);
    }
    all
}

#[track_caller]
fn assert_silent(what: &str, bytes: &[u8]) {
    assert!(!bytes.is_empty(), "{what} is empty: nothing was looked at");
    for marker in spellings() {
        let told = bytes.windows(marker.len()).any(|window| window == marker);
        assert!(!told, "{what} tells what was searched for: {}", String::from_utf8_lossy(&marker));
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_log_no_cache_and_no_book_tells_what_was_searched_for() {
    let stage =
        SearchStage::new(SearchSettings { search: "per_minute = 1000".to_owned(), ..SearchSettings::default() }).await;
    // Everything that any library of ours would say, spans included.
    let mut command = stage.command("gateway-proxy", "http://127.0.0.1:1");
    command.env("TWILIGHT_LOG", "trace");
    let gateway = Gateway::start(command).await;
    let mut command = stage.command("warehouse-api", gateway.url());
    command.env("TWILIGHT_LOG", "trace");
    let api = Daemon::start(command).await;

    let direct = stage.with_token(&gateway, "research-bot").await;
    let through = stage.searcher(&api.url).with_token(API_TOKEN);
    for searcher in [&direct, &through] {
        for marker in [LATIN, CHINESE] {
            let asked = format!("who is {marker}");
            let sought = searcher.search(&asked).await;
            assert_eq!((sought.status, sought.body["query"].as_str()), (200, Some(asked.as_str())));
            // Failures talk more than answers do: a parameter that cannot be used, and one that only SearXNG refuses.
            for (name, value) in [("pageno", marker), ("time_range", marker), ("language", marker), ("engines", marker)]
            {
                searcher.search_with(&[("q", &asked), (name, value)]).await;
            }
        }
    }
    stage.searxng.go_down().await;
    for searcher in [&direct, &through] {
        let deadline = if std::ptr::eq(searcher, &through) { "300" } else { "" };
        let sought =
            searcher.search_with(&[("q", &format!("{LATIN} {CHINESE} unheard of")), ("timeout_ms", deadline)]).await;
        if std::ptr::eq(searcher, &direct) {
            assert_eq!(sought.status, 503, "{sought:?}");
        }
    }

    eventually("the searches stand in the log", async || {
        (gateway.daemon.log().matches("search answered in").count() >= 4).then_some(())
    })
    .await;
    for log in [gateway.daemon.log(), api.log()] {
        assert!(log.contains(r#""level":"TRACE""#), "everything is logged: {log}");
    }
    assert_silent("the gateway's log", gateway.daemon.log().as_bytes());
    assert_silent("warehouse-api's log", api.log().as_bytes());
    let client = redis::Client::open(stage.cache.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let keys: Vec<Vec<u8>> = redis::cmd("KEYS").arg("*").query_async(&mut connection).await.unwrap();
    assert!(keys.len() >= 2, "{}", keys.len());
    for key in keys {
        let value: Vec<u8> = redis::cmd("DUMP").arg(&key).query_async(&mut connection).await.unwrap();
        assert_silent("a key in Redis", &key);
        assert_silent("a value in Redis", &value);
    }
    for url in [gateway.url(), &api.url] {
        let http = daemon_kit::http::client(&daemon_kit::http::ClientOptions::default()).unwrap();
        let metrics = http.get(format!("{url}/metrics")).send().await.unwrap().bytes().await.unwrap();
        assert_silent("the metrics", &metrics);
    }
    api.stop().await;
    gateway.daemon.stop().await;
    let books = files(stage.folder());
    assert!(books.iter().any(|path| path.extension().is_some_and(|end| end == "db" || end == "sqlite")), "{books:?}");
    for path in books {
        let bytes = fs::read(&path).unwrap();
        if !bytes.is_empty() {
            assert_silent(&path.display().to_string(), &bytes);
        }
    }
    // The append-only file of Redis, as it lies on the disk.
    let folder: Vec<String> = redis::cmd("CONFIG").arg("GET").arg("dir").query_async(&mut connection).await.unwrap();
    for path in files(Path::new(&folder[1])) {
        let bytes = fs::read(&path).unwrap();
        if !bytes.is_empty() {
            assert_silent(&path.display().to_string(), &bytes);
        }
    }
}
