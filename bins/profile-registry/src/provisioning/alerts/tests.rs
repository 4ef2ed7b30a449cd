use std::sync::Mutex;

use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use serde_json::Value;
use tempfile::TempDir;

use super::*;

/// A webhook that takes, or refuses, and remembers.
#[derive(Clone, Default)]
struct Hook(Arc<Mutex<(Vec<Value>, Option<u16>)>>);

impl Hook {
    async fn serve(&self) -> Secret {
        async fn hear(State(hook): State<Hook>, Json(body): Json<Value>) -> StatusCode {
            let mut inner = hook.0.lock().unwrap();
            match inner.1 {
                Some(status) => StatusCode::from_u16(status).unwrap(),
                None => {
                    inner.0.push(body);
                    StatusCode::OK
                }
            }
        }
        let app = Router::new().route("/hook", post(hear)).with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook?key=693a91f6", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Secret::new(url)
    }

    fn breaks(&self, status: Option<u16>) {
        self.0.lock().unwrap().1 = status;
    }

    /// What was taken since it was last asked.
    fn heard(&self) -> Vec<Value> {
        std::mem::take(&mut self.0.lock().unwrap().0)
    }
}

fn noon() -> DateTime<Utc> {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn open(folder: &TempDir, url: &Secret) -> Alerts {
    Alerts::to(Books::open(folder.path()).unwrap(), url.clone()).unwrap()
}

#[tokio::test]
async fn the_same_is_told_once_a_day_and_again_when_it_was_well_between() {
    let (folder, hook) = (TempDir::new().unwrap(), Hook::default());
    let url = hook.serve().await;
    let told = async |hours: i64| {
        // A new process each time: what was told is not forgotten by a restart.
        let (alerts, now) = (open(&folder, &url), noon() + TimeDelta::hours(hours));
        alerts.tell("pool:bots", "the pool bots is dry", now).await;
        alerts.deliver(now).await.unwrap();
        hook.heard().len()
    };
    assert_eq!((told(0).await, told(0).await, told(23).await, told(24).await, told(25).await), (1, 0, 0, 1, 0));
    open(&folder, &url).is_well("pool:bots", noon() + TimeDelta::hours(26)).await;
    assert_eq!(told(26).await, 1);
}

#[tokio::test]
async fn an_alert_survives_a_restart_and_a_webhook_that_is_away_for_days() {
    let (folder, hook) = (TempDir::new().unwrap(), Hook::default());
    let url = hook.serve().await;
    hook.breaks(Some(503));
    let alerts = open(&folder, &url);
    alerts.tell("payment:1", "a payment was not taken", noon()).await;
    alerts.tell("gateway", "the gateway refuses", noon()).await;
    assert_eq!(alerts.deliver(noon()).await.unwrap(), 0);
    assert_eq!(alerts.waiting().as_deref(), Some("2 alerts were not taken yet by profile-registry.alert_url"));
    drop(alerts);
    let alerts = open(&folder, &url);
    let mut now = noon();
    for _ in 0..100 {
        now += TimeDelta::hours(1);
        assert_eq!(alerts.deliver(now).await.unwrap(), 0);
    }
    hook.breaks(None);
    drop(alerts);
    let alerts = open(&folder, &url);
    assert_eq!(alerts.deliver(now + TimeDelta::hours(1)).await.unwrap(), 2);
    let heard = hook.heard();
    assert_eq!((heard[0]["about"].as_str(), heard[1]["about"].as_str()), (Some("gateway"), Some("payment:1")));
    assert_eq!(heard[1]["text"], "a payment was not taken");
    assert_eq!((&heard[1]["source"], &heard[1]["at"]), (&json!("profile-registry"), &json!("2026-11-23T12:00:00Z")));
    assert_eq!(alerts.waiting(), None);
    assert_eq!(alerts.deliver(now + TimeDelta::days(1)).await.unwrap(), 0, "taken is taken");
}

#[tokio::test]
async fn a_webhook_that_is_away_is_asked_less_and_less_and_one_message_at_a_time() {
    let folder = TempDir::new().unwrap();
    let books = Books::open(folder.path()).unwrap();
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let alerts = Alerts::to(books.clone(), Secret::new(format!("http://{nobody}/hook"))).unwrap();
    for number in 0..5 {
        alerts.tell(&format!("payment:{number}"), "not taken", noon()).await;
    }
    let attempts = |c: &rusqlite::Connection| {
        Ok::<u32, BooksError>(c.query_row("SELECT sum(attempts) FROM alert", [], |row| row.get(0))?)
    };
    alerts.deliver(noon()).await.unwrap();
    assert_eq!(books.read(attempts).await.unwrap(), 1);
    assert_eq!((pause(0), pause(1), pause(7), pause(99)), (PAUSE_MIN, PAUSE_MIN * 2, PAUSE_MAX, PAUSE_MAX));
}

#[tokio::test]
async fn what_is_well_before_anybody_was_told_is_told_with_when_it_was_over() {
    let (folder, hook) = (TempDir::new().unwrap(), Hook::default());
    let url = hook.serve().await;
    hook.breaks(Some(500));
    let alerts = open(&folder, &url);
    alerts.tell("hosts", "no host is registered", noon()).await;
    alerts.deliver(noon()).await.unwrap();
    alerts.is_well("hosts", noon() + TimeDelta::minutes(7)).await;
    hook.breaks(None);
    assert_eq!(alerts.deliver(noon() + TimeDelta::hours(1)).await.unwrap(), 1);
    assert_eq!(hook.heard()[0]["over_at"], "2026-11-23T12:07:00Z");
    alerts.tell("hosts", "no host is registered", noon() + TimeDelta::hours(2)).await;
    assert_eq!(alerts.deliver(noon() + TimeDelta::hours(2)).await.unwrap(), 1, "again is news");
    assert_eq!(hook.heard()[0]["over_at"], Value::Null);
}

#[tokio::test]
async fn a_flood_forgets_what_was_told_before_what_was_not() {
    let folder = TempDir::new().unwrap();
    let books = Books::open(folder.path()).unwrap();
    let put = |prefix: &'static str, count: u32, is_pending: bool| {
        let books = books.clone();
        async move {
            let put = move |tx: &rusqlite::Transaction<'_>| {
                for number in 0..count {
                    let about = format!("{prefix}{number:04}");
                    let waiting = Waiting { about, text: "x".to_owned(), at: noon(), over_at: None };
                    outbox::put(tx, &waiting, noon() + AGAIN_AFTER, is_pending)?;
                }
                Ok::<_, BooksError>(())
            };
            books.write(put).await.unwrap();
        }
    };
    put("waits", 400, true).await;
    put("told", 1_500, false).await;
    let count = |c: &rusqlite::Connection| {
        Ok::<u32, BooksError>(c.query_row("SELECT count(*) FROM alert", [], |row| row.get(0))?)
    };
    assert_eq!((books.read(count).await.unwrap(), books.read(outbox::waiting).await.unwrap()), (1_000, 400));
}

#[tokio::test]
async fn the_address_is_not_shown() {
    let folder = TempDir::new().unwrap();
    let alerts = open(&folder, &Secret::new("https://h/hook?key=693a91f6"));
    assert!(!format!("{alerts:?}").contains("693a"));
}

#[test]
fn every_alert_has_its_section_in_the_runbook() {
    let runbook = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/runbook.md"));
    for kind in ALERT_KINDS {
        let section = runbook.split(&format!("\n### registry-{kind}\n")).nth(1).unwrap_or_default();
        let section = section.split("\n### ").next().unwrap_or_default();
        assert!(section.contains("**Look at**") && section.contains("**Do:**"), "{kind}: {section}");
    }
}

#[tokio::test]
async fn an_order_that_stopped_and_a_profile_that_cannot_be_suspended_are_told_with_their_sections() {
    let (folder, hook) = (TempDir::new().unwrap(), Hook::default());
    let alerts = open(&folder, &hook.serve().await);
    for about in ["order:TW2026-0001", "profile:lao-wang"] {
        alerts.tell(about, "it does not go on", noon()).await;
    }
    alerts.deliver(noon()).await.unwrap();
    let sections: Vec<String> = hook.heard().iter().map(|told| told["runbook"].as_str().unwrap().to_owned()).collect();
    assert_eq!(sections, ["docs/runbook.md#registry-order", "docs/runbook.md#registry-profile"]);
}

#[tokio::test]
async fn an_alert_names_its_section_wherever_the_runbook_is() {
    let (folder, hook) = (TempDir::new().unwrap(), Hook::default());
    let alerts = open(&folder, &hook.serve().await).with_runbook("https://wiki.example.com/runbook");
    alerts.tell("pool:telegram_bot", "the pool is dry", noon()).await;
    alerts.deliver(noon()).await.unwrap();
    assert_eq!(hook.heard()[0]["runbook"], "https://wiki.example.com/runbook#registry-pool");
}
