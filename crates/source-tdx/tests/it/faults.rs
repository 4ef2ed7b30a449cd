//! Every fault of a server is its own: the question goes elsewhere, and never becomes "no data".

use source_tdx::{Category, Client, ClientConfig, Decision, ServerState, TdxError, decode_daily_bars};

use crate::server::{TODAY, TestServer, Wrong, client, clock, config, dead_address, impatient};

fn moutai() -> market_model::Code {
    "600519.SH".parse().unwrap()
}

/// Asks a server that does `wrong` for one code, and has a good one beside it. Gives what the pool says of the bad one.
async fn beside_a_good_one(wrong: Wrong) -> String {
    let (bad, good) = (TestServer::start(wrong).await, TestServer::start(Wrong::Late).await);
    bad.script().wrong_for = Some(*b"600519");
    let client = Client::new(impatient(&[&bad, &good]), clock());
    // The good one was slow in its probe, so the bad one is asked first.
    assert!(client.probe().await.iter().all(|server| server.state == ServerState::Good), "{wrong:?}");
    good.script().wrong = Wrong::Nothing;

    let fetched = client.bars(&moutai(), Category::Day, 0, 10).await.unwrap();
    // A connection that closes instead of an answer may just have been idle for too long: it gets a second chance.
    let chances = if wrong == Wrong::DropAtOnce { 2 } else { 1 };
    assert_eq!(bad.asked_for(b"600519").len(), chances, "{wrong:?}");
    assert_eq!(fetched.rows.len(), 10, "{wrong:?} {fetched:?}");
    assert_eq!(fetched.rows[9].value.datetime.date().format("%Y%m%d").to_string(), TODAY.to_string());
    assert_eq!(fetched.pages.len(), 1);
    assert!(fetched.pages[0].request.contains(&good.address), "{wrong:?}");
    client.health()[0].last_fault.clone().unwrap()
}

#[tokio::test]
async fn a_truncated_body_is_a_fault_and_the_question_goes_to_another_server() {
    assert!(beside_a_good_one(Wrong::Truncated).await.contains("truncated"));
}

#[tokio::test]
async fn an_empty_answer_that_another_server_contradicts_is_a_fault() {
    assert!(beside_a_good_one(Wrong::Empty).await.contains("another server contradicts it"));
}

#[tokio::test]
async fn silence_is_a_fault() {
    assert!(beside_a_good_one(Wrong::Silent).await.contains("within 600 ms"));
}

#[tokio::test]
async fn an_answer_that_drips_for_too_long_is_a_fault() {
    assert!(beside_a_good_one(Wrong::Drip).await.contains("within 600 ms"));
}

#[tokio::test]
async fn the_answer_to_another_method_is_a_fault() {
    assert!(beside_a_good_one(Wrong::MethodEcho).await.contains("method"));
}

#[tokio::test]
async fn the_answer_to_another_message_is_a_fault() {
    assert!(beside_a_good_one(Wrong::SequenceEcho).await.contains("message"));
}

#[tokio::test]
async fn a_damaged_body_is_a_fault() {
    assert!(beside_a_good_one(Wrong::CorruptZlib).await.contains("damaged"));
}

#[tokio::test]
async fn a_body_that_inflates_beyond_its_announcement_is_a_fault() {
    assert!(beside_a_good_one(Wrong::ZlibBomb).await.contains("damaged"));
}

#[tokio::test]
async fn a_connection_that_drops_in_a_body_is_a_fault() {
    assert!(beside_a_good_one(Wrong::DropInBody).await.contains("middle of a body"));
}

#[tokio::test]
async fn a_connection_that_drops_instead_of_an_answer_is_a_fault() {
    assert!(beside_a_good_one(Wrong::DropAtOnce).await.contains("dropped"));
}

#[tokio::test]
async fn an_answer_without_the_magic_number_is_a_fault() {
    assert!(beside_a_good_one(Wrong::NoMagic).await.contains("magic"));
}

#[tokio::test]
async fn records_out_of_step_are_a_fault() {
    // Numbers of variable length fall into step again, so this body can be read to its end: all of it nonsense.
    assert!(beside_a_good_one(Wrong::OutOfStep).await.contains("another server contradicts it"));
}

#[tokio::test]
async fn a_unit_that_nothing_explains_is_a_fault_where_another_server_has_a_sane_one() {
    assert!(beside_a_good_one(Wrong::OtherUnit).await.contains("another server contradicts it"));
}

#[tokio::test]
async fn servers_that_lie_about_real_bars_fail_the_probe_and_are_never_asked() {
    let good = TestServer::start(Wrong::Nothing).await;
    let mut liars = Vec::new();
    for wrong in [Wrong::Truncated, Wrong::Empty, Wrong::Mute, Wrong::Silent, Wrong::MethodEcho, Wrong::CorruptZlib] {
        liars.push(TestServer::start(wrong).await);
    }
    let mut config = impatient(&liars.iter().collect::<Vec<_>>());
    config.servers.push(dead_address().await);
    config.servers.push(good.address.clone());
    let client = Client::new(config, clock());
    let health = client.probe().await;
    let states: Vec<bool> = health.iter().map(|server| server.state == ServerState::Good).collect();
    assert_eq!(states, [false, false, false, false, false, false, false, true], "{health:?}");
    assert!(health.iter().rev().skip(1).all(|server| server.last_fault.is_some()), "{health:?}");
    assert!(health[7].latency.is_some() && health[7].last_fault.is_none());

    let fetched = client.bars(&moutai(), Category::Day, 0, 5).await.unwrap();
    assert_eq!(fetched.rows.len(), 5);
    assert!(liars.iter().all(|liar| liar.asked_for(b"600519").is_empty()));
}

#[tokio::test]
async fn when_every_server_is_bad_the_error_says_when_to_come_back() {
    let truncated = TestServer::start(Wrong::Truncated).await;
    let mut config = config(&[&truncated]);
    config.servers.push(dead_address().await);
    let client = Client::new(config, clock());
    let error = client.bars(&moutai(), Category::Day, 0, 5).await.unwrap_err();
    let now = clock()();
    match (&error, error.decision()) {
        (TdxError::AllServersBad { servers: 2, retry_at }, Decision::RetryAt(at)) => {
            assert_eq!(*retry_at, at);
            let wait = (at - now).num_seconds();
            assert!((58..=60).contains(&wait), "{wait} s");
        }
        _ => panic!("{error:?}"),
    }
    // Nobody is bothered before that.
    let connections = truncated.log().connections;
    client.bars(&moutai(), Category::Day, 0, 5).await.unwrap_err();
    assert_eq!(truncated.log().connections, connections);
}

#[tokio::test]
async fn nobody_waits_for_ever_for_servers_that_rest_shorter_than_their_probe_takes() {
    let mute = [TestServer::start(Wrong::Mute).await, TestServer::start(Wrong::Truncated).await];
    let mut config = impatient(&[&mute[0], &mute[1]]);
    config.servers.push(dead_address().await);
    config.cooldown = std::time::Duration::from_millis(1);
    let client = Client::new(config, clock());
    let code = moutai();
    for _ in 0..2 {
        let asking = client.bars(&code, Category::Day, 0, 5);
        let answer = tokio::time::timeout(std::time::Duration::from_secs(5), asking).await.unwrap();
        assert!(matches!(answer.unwrap_err(), TdxError::AllServersBad { .. }));
    }
}

#[tokio::test]
async fn without_any_server_configured_the_error_is_the_same() {
    let client = Client::new(ClientConfig::new(Vec::new()), clock());
    assert!(client.probe().await.is_empty());
    let error = client.bars(&moutai(), Category::Day, 0, 5).await.unwrap_err();
    assert!(matches!(error, TdxError::AllServersBad { servers: 0, .. }), "{error:?}");
}

#[tokio::test]
async fn a_question_that_fails_everywhere_is_given_up_and_the_servers_stay_in_use() {
    let servers = [
        TestServer::start(Wrong::Silent).await,
        TestServer::start(Wrong::Silent).await,
        TestServer::start(Wrong::Silent).await,
    ];
    for server in &servers {
        // The question is poison, the servers are not: everything else they answer.
        server.script().wrong_for = Some(*b"600519");
    }
    let client = Client::new(impatient(&[&servers[0], &servers[1], &servers[2]]), clock());
    let error = client.bars(&moutai(), Category::Day, 0, 5).await.unwrap_err();
    match &error {
        TdxError::ServerFault { question, attempts: 4, fault, .. } => {
            assert_eq!(question, "bars 600519.SH");
            assert!(fault.contains("within"), "{fault}");
        }
        _ => panic!("{error:?}"),
    }
    assert_eq!(error.decision(), Decision::RetryLater);
    assert!(servers.iter().all(|server| !server.asked_for(b"600519").is_empty()), "each was asked");
    let fetched = client.bars(&"000001.SZ".parse().unwrap(), Category::Day, 0, 5).await.unwrap();
    assert_eq!(fetched.rows.len(), 5);
}

#[tokio::test]
async fn a_server_without_the_third_greeting_serves_all_the_same() {
    for wrong in [Wrong::NoThirdGreeting, Wrong::LateThirdGreeting] {
        let server = TestServer::start(wrong).await;
        let fetched = client(&[&server]).bars(&moutai(), Category::Day, 0, 5).await.unwrap();
        assert_eq!(fetched.rows.len(), 5, "{wrong:?}");
    }
}

#[tokio::test]
async fn descending_bars_come_out_ascending() {
    let server = TestServer::start(Wrong::Descending).await;
    let fetched = client(&[&server])
        .daily_bars(&moutai(), "2020-01-01".parse().unwrap(), "2026-11-20".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(fetched.rows.len(), 1_700);
    assert!(fetched.rows.is_sorted_by(|a, b| a.value.trade_date < b.value.trade_date));
    assert!(fetched.rejected.is_empty());
    let (stored, _) = decode_daily_bars(
        &moutai(),
        &fetched.pages.iter().map(|page| &page.body).collect::<Vec<_>>(),
        "2026-11-20".parse().unwrap(),
    )
    .unwrap();
    assert!(stored.iter().eq(fetched.rows.iter().map(|row| &row.value)), "stored frames give the same bars");
}
