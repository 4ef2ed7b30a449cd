//! Where a client lets itself be sent: addresses hold keys, and a stranger has no business with them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    http::{HeaderMap, Uri},
    response::Redirect,
    routing::get,
};
use daemon_kit::http::{self, ClientOptions};
use tokio::net::TcpListener;

/// What arrived: the address that was asked for and the one it was asked from.
type Arrived = Arc<Mutex<Vec<(String, Option<String>)>>>;

/// Answers everything below `/there`, sends whoever asks for `/stay` there, and whoever asks for `/leave` to the same place
/// under another host's name. Gives its port.
async fn start(arrived: &Arrived) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let log = Arc::clone(arrived);
    let there = move |uri: Uri, headers: HeaderMap| async move {
        let referer = headers.get("referer").map(|value| value.to_str().unwrap().to_owned());
        log.lock().unwrap().push((uri.to_string(), referer));
        "there"
    };
    let leave = move || async move { Redirect::temporary(&format!("http://localhost:{port}/there")) };
    let routes = Router::new()
        .route("/there", get(there))
        .route("/stay", get(|| async { Redirect::temporary("/there") }))
        .route("/leave", get(leave));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    port
}

#[tokio::test]
async fn a_redirect_to_another_host_is_not_followed_and_no_key_travels_in_a_referer() {
    let arrived = Arrived::default();
    let port = start(&arrived).await;
    let client = http::client(&ClientOptions::default()).unwrap();
    let ask = |path: &str| client.get(format!("http://127.0.0.1:{port}{path}?apikey=SECRET")).send();

    let stayed = ask("/stay").await.unwrap();
    assert_eq!((stayed.status().as_u16(), stayed.text().await.unwrap().as_str()), (200, "there"));
    let left = ask("/leave").await.unwrap();
    assert_eq!(left.status().as_u16(), 307, "the redirect itself is the answer");
    assert_eq!(*arrived.lock().unwrap(), [("/there".to_owned(), None)]);
}

#[tokio::test]
async fn a_client_that_posts_can_be_told_to_follow_no_redirect() {
    let arrived = Arrived::default();
    let port = start(&arrived).await;
    let client = http::client(&ClientOptions { follow_redirects: false, ..ClientOptions::default() }).unwrap();
    let answer = client.get(format!("http://127.0.0.1:{port}/stay")).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 307);
    assert!(arrived.lock().unwrap().is_empty());
}
