//! Histories and lists over many pages.

use chrono::NaiveDate;
use market_model::Code;
use source_tdx::{Category, Client, Fetched, Market, TdxError};

use crate::server::{self, BARS, COUNT, LIST, TODAY, TestServer, Wrong, client, config, history, impatient};

fn code(text: &str) -> Code {
    text.parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

async fn everything(client: &Client) -> Fetched<market_model::DailyBar> {
    client.daily_bars(&code("600519.SH"), day("1990-12-19"), day("2026-11-20")).await.unwrap()
}

#[tokio::test]
async fn a_long_history_comes_in_pages_of_800_newest_first_from_one_server() {
    let servers = [TestServer::start(Wrong::Nothing).await, TestServer::start(Wrong::Nothing).await];
    let fetched = everything(&client(&[&servers[0], &servers[1]])).await;
    assert_eq!(fetched.rows.len(), 1_700);
    assert!(fetched.rows.is_sorted_by(|a, b| a.value.trade_date < b.value.trade_date));
    assert_eq!((fetched.pages.len(), fetched.suspect_rows), (3, 0));
    assert!(fetched.rejected.is_empty() && fetched.notes.is_empty());

    let mut calls: Vec<_> = servers.iter().map(|server| server.asked_for(b"600519")).collect();
    calls.sort_by_key(Vec::len);
    assert!(calls[0].is_empty(), "all pages from one server");
    let windows: Vec<_> = calls[1].iter().map(|call| (call.start, call.count)).collect();
    assert_eq!(windows, [(0, 800), (800, 800), (1600, 800)]);

    // The place of a row is its record in its page.
    let newest = fetched.rows.last().unwrap();
    assert_eq!((newest.page, newest.row), (0, 799));
    let oldest = &fetched.rows[0];
    assert_eq!((oldest.page, oldest.row), (2, 0));
    let request = format!(
        r#"{{"method":"bars","market":1,"code":"600519","category":9,"start":1600,"count":800,"server":"{}"}}"#,
        servers.iter().find(|server| !server.asked_for(b"600519").is_empty()).unwrap().address
    );
    assert_eq!(fetched.pages[2].request, request);
    assert_eq!(&fetched.pages[2].body[1..4], [0xcb, 0x74, 0x00], "the frame with its head");
    assert_eq!((fetched.pages[2].dataset, fetched.pages[2].http_status), ("bars", 200));
}

#[tokio::test]
async fn the_daily_run_asks_for_a_handful_of_bars() {
    let server = TestServer::start(Wrong::Nothing).await;
    let fetched =
        client(&[&server]).daily_bars(&code("600519.SH"), day("2026-11-20"), day("2026-11-20")).await.unwrap();
    assert_eq!(fetched.rows.len(), 1);
    assert_eq!(fetched.rows[0].value.trade_date, day("2026-11-20"));
    let calls = server.asked_for(b"600519");
    assert!(calls.len() == 1 && calls[0].count < 10, "{calls:?}");
}

#[tokio::test]
async fn only_the_window_comes_back_and_paging_stops_before_it() {
    let server = TestServer::start(Wrong::Nothing).await;
    let fetched =
        client(&[&server]).daily_bars(&code("600519.SH"), day("2024-06-03"), day("2024-06-30")).await.unwrap();
    let days: Vec<_> = fetched.rows.iter().map(|row| row.value.trade_date).collect();
    assert_eq!((days.len(), days[0], days[27]), (28, day("2024-06-03"), day("2024-06-30")));
    assert_eq!(server.asked_for(b"600519").len(), 2, "900 calendar days, of which a page holds 642");
}

#[tokio::test]
async fn a_bar_that_arrives_while_paging_is_not_counted_twice() {
    let server = TestServer::start(Wrong::Nothing).await;
    let yesterday_evening = {
        let mut script = server.script();
        let bars = script.bars.get_mut(b"600519").unwrap();
        let today = bars.pop().unwrap();
        let before = bars.clone();
        // After the first page the window moves by one: the second page begins with the first page's oldest bar.
        script.arriving.insert(*b"600519", today);
        before
    };
    let fetched = everything(&client(&[&server])).await;
    assert_eq!(fetched.rows.len(), yesterday_evening.len());
    assert!(fetched.rows.is_sorted_by(|a, b| a.value.trade_date < b.value.trade_date));
    assert!(fetched.rejected.is_empty(), "the same bar twice is no contradiction");
}

#[tokio::test]
async fn two_bars_of_one_day_that_differ_are_told_apart() {
    let server = TestServer::start(Wrong::Nothing).await;
    {
        let mut script = server.script();
        let bars = script.bars.get_mut(b"600519").unwrap();
        let mut twin = bars[1_650];
        twin.close = twin.low;
        twin.high += 10;
        bars[1_651] = twin;
    }
    let fetched = everything(&client(&[&server])).await;
    assert_eq!((fetched.rows.len(), fetched.rejected.len()), (1_699, 1));
    assert!(fetched.rejected[0].reason.contains("says otherwise"), "{:?}", fetched.rejected[0]);
}

#[tokio::test]
async fn a_history_of_exactly_one_page_ends_with_an_empty_page_that_a_second_server_confirms() {
    let servers = [TestServer::start(Wrong::Nothing).await, TestServer::start(Wrong::Nothing).await];
    for server in &servers {
        server.script().bars.insert(*b"600519", history(800, 3));
    }
    let fetched = everything(&client(&[&servers[0], &servers[1]])).await;
    assert_eq!((fetched.rows.len(), fetched.pages.len()), (800, 2));
    assert!(servers.iter().all(|server| server.asked_for(b"600519").len() == 2));
}

#[tokio::test]
async fn nothing_is_believed_when_two_servers_say_so_and_not_before() {
    let servers = [TestServer::start(Wrong::Nothing).await, TestServer::start(Wrong::Nothing).await];
    let client = client(&[&servers[0], &servers[1]]);
    let unlisted = code("600999.SH");
    let fetched = client.daily_bars(&unlisted, day("2026-11-16"), day("2026-11-20")).await.unwrap();
    assert!(fetched.rows.is_empty() && fetched.pages.len() == 1);
    assert!(servers.iter().all(|server| server.asked_for(b"600999").len() == 1));

    // One of them goes away: now nobody can confirm.
    servers[1].script().wrong = Wrong::Mute;
    servers[1].script().closes_after = Some(0);
    let client = Client::new(impatient(&[&servers[0], &servers[1]]), server::clock());
    client.probe().await;
    let error = client.daily_bars(&unlisted, day("2026-11-16"), day("2026-11-20")).await.unwrap_err();
    assert!(matches!(error, TdxError::EmptyUnconfirmed { dataset: "bars", .. }), "{error:?}");
    assert_eq!(error.decision(), source_tdx::Decision::RetryLater);
}

#[tokio::test]
async fn the_only_server_there_is_confirms_itself() {
    let server = TestServer::start(Wrong::Nothing).await;
    let fetched = client(&[&server]).bars(&code("600999.SH"), Category::Week, 0, 10).await.unwrap();
    assert!(fetched.rows.is_empty());
    assert_eq!(server.asked_for(b"600999").len(), 2);
}

#[tokio::test]
async fn a_page_behind_the_end_is_empty_without_further_ado() {
    let server = TestServer::start(Wrong::Nothing).await;
    let fetched = client(&[&server]).bars(&code("600519.SH"), Category::Day, 1_700, 10).await.unwrap();
    assert!(fetched.rows.is_empty());
    assert_eq!(server.asked_for(b"600519").len(), 1);
}

#[tokio::test]
async fn when_a_server_drops_out_between_pages_the_whole_history_comes_from_another() {
    let (first, second) = (TestServer::start(Wrong::Nothing).await, TestServer::start(Wrong::Late).await);
    let client = client(&[&first, &second]);
    client.probe().await;
    second.script().wrong = Wrong::Nothing;
    // The second server sends bars of suspended days, so a position there is another position.
    let padded = history(1_710, 2);
    second.script().bars.insert(*b"600519", padded);
    first.script().closes_after = Some(1);
    first.script().arriving.insert(*b"600519", history(1, 9)[0]);
    let fetched = everything(&client).await;
    let from_second = fetched.pages.iter().filter(|page| page.request.contains(&second.address)).count();
    assert!(from_second == 0 || from_second == fetched.pages.len(), "pages of two servers are never mixed");
    assert!(fetched.rows.is_sorted_by(|a, b| a.value.trade_date < b.value.trade_date));
}

#[tokio::test]
async fn a_live_bar_of_zeros_before_the_opening_is_no_refused_record() {
    let server = TestServer::start(Wrong::Nothing).await;
    let zeros = crate::encode::Bar { date: TODAY, open: 0, high: 0, low: 0, close: 0, volume: 0.0, amount: 0.0 };
    *server.script().bars.get_mut(b"600519").unwrap().last_mut().unwrap() = zeros;
    let morning = std::sync::Arc::new(|| "2026-11-20T01:10:00Z".parse().unwrap());
    let client = Client::new(config(&[&server]), morning);
    let fetched = client.daily_bars(&code("600519.SH"), day("2026-11-18"), day("2026-11-20")).await.unwrap();
    assert_eq!((fetched.rows.len(), fetched.rejected.len()), (2, 0));
}

#[tokio::test]
async fn live_bars_stay_out_of_the_rows_until_the_day_is_final() {
    let server = TestServer::start(Wrong::Nothing).await;
    for (now, newest) in [("2026-11-20T03:00:00Z", "2026-11-19"), ("2026-11-20T07:30:00Z", "2026-11-20")] {
        let client = Client::new(config(&[&server]), std::sync::Arc::new(move || now.parse().unwrap()));
        let fetched = client.daily_bars(&code("600519.SH"), day("2026-11-16"), day("2026-11-20")).await.unwrap();
        assert_eq!(fetched.rows.last().unwrap().value.trade_date, day(newest), "{now}");
        let body = source_tdx::wire::open_frame(&fetched.pages[0].body).unwrap().1.into_owned();
        assert!(body.windows(4).any(|bytes| bytes == TODAY.to_le_bytes()), "the page keeps the live bar");
    }
}

#[tokio::test]
async fn flat_bars_of_suspended_days_stay_out_of_the_rows() {
    let server = TestServer::start(Wrong::Nothing).await;
    {
        let mut script = server.script();
        let bars = script.bars.get_mut(b"600519").unwrap();
        for n in [1_690, 1_691] {
            let close = bars[1_689].close;
            bars[n] =
                crate::encode::Bar { open: close, high: close, low: close, close, volume: 0.0, amount: 0.0, ..bars[n] };
        }
    }
    let fetched = everything(&client(&[&server])).await;
    assert_eq!(fetched.rows.len(), 1_698);
    assert!(fetched.rejected.is_empty());
}

#[tokio::test]
async fn an_impossible_window_or_code_is_refused_without_a_question() {
    let server = TestServer::start(Wrong::Nothing).await;
    let client = client(&[&server]);
    let error = client.daily_bars(&code("600519.SH"), day("2026-11-20"), day("2026-11-19")).await.unwrap_err();
    assert!(matches!(error, TdxError::BadRequest { .. }), "{error:?}");
    let error = client.daily_bars(&code("0700.HK"), day("2026-11-19"), day("2026-11-20")).await.unwrap_err();
    assert!(matches!(error, TdxError::UnknownCode { .. }), "{error:?}");
    for count in [0, 801] {
        let error = client.bars(&code("600519.SH"), Category::Day, 0, count).await.unwrap_err();
        assert!(matches!(error, TdxError::BadRequest { .. }), "{error:?}");
    }
    assert_eq!(error.decision(), source_tdx::Decision::Stop);
    assert_eq!(server.log().connections, 0);
}

fn listing(count: usize) -> Vec<(String, String)> {
    (0..count).map(|n| (format!("{:06}", 600_000 + n), "浦发银行".to_owned())).collect()
}

#[tokio::test]
async fn the_list_of_a_market_is_read_to_its_count() {
    let server = TestServer::start(Wrong::Nothing).await;
    server.script().list = listing(2_345);
    let fetched = client(&[&server]).securities(Market::Shanghai).await.unwrap();
    assert_eq!((fetched.rows.len(), fetched.pages.len()), (2_345, 3));
    let last = &fetched.rows[2_344];
    assert_eq!((last.value.code, last.page, last.row), (code("602344.SH"), 2, 344));
    assert_eq!((last.value.name.as_str(), last.value.volume_unit, last.value.decimals), ("浦发银行", 100, 2));
    assert_eq!(last.value.pre_close, Some(11.68));
    let calls = server.log().calls.clone();
    let starts: Vec<_> = calls.iter().filter(|call| call.method == LIST).map(|call| call.start).collect();
    assert_eq!(starts, [0, 1000, 2000]);
    assert!(calls.iter().any(|call| call.method == COUNT) && calls.iter().any(|call| call.method == BARS));
}

#[tokio::test]
async fn a_list_that_ends_before_its_count_is_a_fault() {
    let (bad, good) = (TestServer::start(Wrong::Nothing).await, TestServer::start(Wrong::Late).await);
    for server in [&bad, &good] {
        server.script().list = listing(1_500);
    }
    bad.script().list_ends_at = 1_000;
    let client = client(&[&bad, &good]);
    client.probe().await;
    good.script().wrong = Wrong::Nothing;
    let fetched = client.securities(Market::Shenzhen).await.unwrap();
    assert_eq!(fetched.rows.len(), 1_500);
    assert!(fetched.pages.iter().all(|page| page.request.contains(&good.address)));
    assert!(client.health()[0].last_fault.as_ref().unwrap().contains("ends at 1000"));
}

#[tokio::test]
async fn names_that_are_no_codes_are_refused_one_by_one_and_doubles_count_once() {
    let server = TestServer::start(Wrong::Nothing).await;
    let mut list = listing(5);
    list[1].0 = "60000Z".to_owned();
    list[3].0 = "600002".to_owned();
    server.script().list = list;
    let fetched = client(&[&server]).securities(Market::Shanghai).await.unwrap();
    let codes: Vec<_> = fetched.rows.iter().map(|row| row.value.code.to_string()).collect();
    assert_eq!(codes, ["600000.SH", "600002.SH", "600004.SH"]);
    assert_eq!((fetched.rejected.len(), fetched.rejected[0].row), (1, 1));
}

#[tokio::test]
async fn an_index_is_read_with_its_own_layout_and_unit() {
    let server = TestServer::start(Wrong::Nothing).await;
    let mut bars = history(20, 5);
    bars.iter_mut().for_each(|bar| bar.volume = 2_000_000.0);
    server.script().bars.insert(*b"000300", bars.clone());
    let client = client(&[&server]);
    let fetched = client.daily_bars(&code("000300.SH"), day("2026-11-10"), day("2026-11-20")).await.unwrap();
    assert_eq!(fetched.rows.len(), 11);
    assert_eq!(fetched.rows[10].value.close, bars[19].close as f64 / 1000.0);
    assert_eq!(fetched.rows[10].value.volume, 20_000_000_000, "two million times a hundred lots");
    assert_eq!(fetched.pages[0].dataset, "index_bars");
    let fetched = client.bars(&code("000300.SH"), Category::Day, 0, 5).await.unwrap();
    let newest = &fetched.rows[4].value;
    assert_eq!((newest.advancing, newest.declining), (Some(1200), Some(800)));
}

#[tokio::test]
async fn a_server_that_sends_the_newest_bars_again_and_again_is_at_fault_and_has_no_short_history() {
    let server = TestServer::start(Wrong::IgnoresStart).await;
    let error =
        client(&[&server]).daily_bars(&code("600519.SH"), day("1990-12-19"), day("2026-11-20")).await.unwrap_err();
    assert!(matches!(error, TdxError::ServerFault { .. } | TdxError::AllServersBad { .. }), "{error}");
    assert!(server.asked_for(b"600519").len() <= 8, "the second page tells, at each of four attempts");
}
