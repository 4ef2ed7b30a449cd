//! Capital histories and reports from scripted servers, and what is kept of them.

use market_model::Code;
use source_tdx::{TdxError, XdxrEvent, decode_corporate_actions};

use crate::{
    server::{QUOTES, TestServer, Wrong, XDXR, client},
    shared::{body, fixture},
};

fn code(text: &str) -> Code {
    text.parse().unwrap()
}

#[tokio::test]
async fn the_real_capital_history_of_000001_comes_through_the_client() {
    let (Some(body), Some(csv)) = (body("eltdx/gbbq_sz000001.hex"), fixture("eltdx/gbbq_sz000001.csv")) else { return };
    let server = TestServer::start(Wrong::Nothing).await;
    server.script().xdxr.insert(*b"000001", body);
    let client = client(&[&server]);
    let records = client.xdxr(&code("000001.SZ")).await.unwrap();
    assert_eq!(records.rows.len(), csv.lines().count() - 1);
    assert!(records.rejected.is_empty());
    assert!(records.rows.iter().any(|row| matches!(row.value.event, XdxrEvent::Capital { .. })));

    let actions = client.corporate_actions(&code("000001.SZ")).await.unwrap();
    assert_eq!(actions.rows.len(), 31);
    assert!(actions.rows.iter().all(|row| row.value.announced.is_none()));
    let page = &actions.pages[0];
    assert_eq!(page.dataset, "xdxr");
    assert!(page.request.starts_with(r#"{"method":"xdxr","market":0,"code":"000001","server":"127.0.0.1:"#));
    let stored = decode_corporate_actions(&code("000001.SZ"), &page.body).unwrap();
    assert!(stored.iter().eq(actions.rows.iter().map(|row| &row.value)));
}

#[tokio::test]
async fn nine_bytes_say_that_there_is_no_record_and_two_bytes_say_nothing() {
    let servers = [TestServer::start(Wrong::Nothing).await, TestServer::start(Wrong::Nothing).await];
    for server in &servers {
        server.script().xdxr.insert(*b"600519", [&[1, 0, 1], b"600519".as_slice()].concat());
        server.script().xdxr.insert(*b"600000", vec![1, 0]);
    }
    let client = client(&[&servers[0], &servers[1]]);
    assert!(client.corporate_actions(&code("600519.SH")).await.unwrap().rows.is_empty());
    let asked = |symbol: &[u8; 6]| -> usize {
        servers
            .iter()
            .map(|server| {
                server.log().calls.iter().filter(|call| call.method == XDXR && call.symbol == *symbol).count()
            })
            .sum()
    };
    assert_eq!(asked(b"600519"), 1, "a new listing has none");
    assert!(client.corporate_actions(&code("600000.SH")).await.unwrap().rows.is_empty());
    assert_eq!(asked(b"600000"), 2, "a second server was asked");
}

#[test]
fn a_damaged_stored_frame_is_named() {
    let error = decode_corporate_actions(&code("000001.SZ"), &[0xb1, 0xcb]).unwrap_err();
    assert_eq!(error.decision(), source_tdx::Decision::Stop);
    assert!(error.to_string().contains("stored response 0"), "{error}");
}

#[tokio::test]
async fn an_answer_about_another_security_is_the_servers_fault_and_not_no_record() {
    let servers = [TestServer::start(Wrong::Nothing).await, TestServer::start(Wrong::Nothing).await];
    let about_another = [&[1, 0, 1], b"600000".as_slice(), &[0, 0]].concat();
    for server in &servers {
        server.script().xdxr.insert(*b"600519", about_another.clone());
    }
    let error = client(&[&servers[0], &servers[1]]).corporate_actions(&code("600519.SH")).await.unwrap_err();
    assert!(matches!(error, TdxError::ServerFault { .. } | TdxError::AllServersBad { .. }), "{error}");
}

#[tokio::test]
async fn no_quotes_at_all_are_believed_of_two_servers() {
    let servers = [TestServer::start(Wrong::Nothing).await, TestServer::start(Wrong::Nothing).await];
    let fetched = client(&[&servers[0], &servers[1]]).quotes(&[code("600519.SH")]).await.unwrap();
    assert!(fetched.rows.is_empty());
    for server in &servers {
        let asked = server.log().calls.iter().filter(|call| call.method == QUOTES).count();
        assert_eq!(asked, 1, "both were asked");
    }
}
