//! What was searched for is nowhere but in the answer.

use std::{
    io::{self, Read as _, Write},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::TimeDelta;
use tracing_subscriber::fmt::MakeWriter;
use upstream_simulators::{EngineFailure, SearxngFault};
use web_search::SearchQuery;

use crate::support::{Stage, json, query, redis_command};

/// Letters that stand nowhere by chance. SearXNG escapes the Chinese ones.
const MARKER: &str = "zqxjkvmarker";
const CHINESE_MARKER: &str = "龘靐齉爩";
const CHINESE_ESCAPED: &str = r"\u9f98\u9750";

/// Everything that this process logs, `log` and `tracing`, at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn assert_none(place: &str, bytes: &[u8]) {
    let percent = "%E9%BE%98";
    for needle in [MARKER, CHINESE_MARKER, &CHINESE_MARKER[..3], CHINESE_ESCAPED, percent, "%e9%be%98"] {
        let found = bytes.windows(needle.len()).position(|window| window == needle.as_bytes());
        if let Some(at) = found {
            let around = &bytes[at.saturating_sub(200)..(at + 100).min(bytes.len())];
            panic!("{needle} is in {place}: {}", String::from_utf8_lossy(around));
        }
    }
}

#[tokio::test]
async fn what_was_searched_for_is_in_no_log_at_any_level_in_no_error_and_nowhere_in_redis() {
    let log = Log::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(log.clone())
        .init();
    let stage = Stage::with(|options| options.timeout = Duration::from_secs(2)).await;
    let mut printed = String::new();
    let faults = [
        None,
        Some(SearxngFault::HtmlOk),
        Some(SearxngFault::Redirect),
        Some(SearxngFault::Malformed),
        Some(SearxngFault::CutBody),
        Some(SearxngFault::BadRequest(format!("no {MARKER} {CHINESE_MARKER} here"))),
        Some(SearxngFault::Hangup),
        Some(SearxngFault::TooManyRequests(Some(1))),
        Some(SearxngFault::Slow(1)),
        Some(SearxngFault::Engine { engine: "google".to_owned(), failure: EngineFailure::Captcha }),
        Some(SearxngFault::Engine { engine: String::new(), failure: EngineFailure::Crash }),
    ];
    for (number, fault) in faults.into_iter().enumerate() {
        if let Some(fault) = fault {
            stage.searxng.faults().next(8, fault);
        }
        let page = (number + 1).to_string();
        let query = query(&[("q", &format!("{MARKER} {CHINESE_MARKER}")), ("pageno", &page), ("language", "zh-CN")]);
        for _ in 0..2 {
            let found = stage.search.search(&query).await;
            if let Ok(found) = &found {
                assert!(json(found).to_string().contains(MARKER), "the answer itself has it");
            }
            let shown = found.as_ref().map(|found| format!("{found:?}")).map_err(|error| format!("{error} {error:?}"));
            printed += &format!("{shown:?} {query:?} {:?} {:?}", stage.search, stage.search.engines());
        }
        stage.searxng.faults().clear();
    }
    stage.advance(TimeDelta::hours(30));
    stage.searxng.go_down().await;
    let stale =
        stage.search.search(&query(&[("q", &format!("{MARKER} {CHINESE_MARKER}")), ("language", "zh-CN")])).await;
    printed += &format!("{stale:?} {:?}", stage.search.search(&SearchQuery::new(MARKER).unwrap()).await);
    printed +=
        &format!("{:?}", SearchQuery::parse([("pageno".into(), MARKER.into()), ("q".into(), "a".into())].into_iter()));
    assert_none("errors and debug", printed.as_bytes());

    let redis = stage.redis.as_ref().unwrap();
    let keys: Vec<String> = redis_command(redis, &["KEYS", "*"]).await;
    assert!(keys.len() >= 3, "{keys:?}");
    for key in &keys {
        assert_none("the name of a key", key.as_bytes());
        let value = redis_command::<Vec<u8>>(redis, &["GET", key]).await;
        assert_none("a value", &value);
        // Compression alone would hide it from this test, and from nobody else.
        for start in 0..64 {
            let mut text = Vec::new();
            // An error says that it is no compressed text, or no longer; what was read until then counts.
            let _ = flate2::read::DeflateDecoder::new(&value[start..]).read_to_end(&mut text);
            assert_none("an unpacked value", &text);
        }
    }
    let log = log.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let text = String::from_utf8_lossy(&log);
    for proof in ["hyper", "web_search", "TRACE", "an engine fails and rests"] {
        assert!(text.contains(proof), "the log is complete: {proof}");
    }
    let ours = text.lines().filter(|line| !line.contains("upstream_simulators")).collect::<Vec<_>>().join("\n");
    assert_none("the log", ours.as_bytes());
}
