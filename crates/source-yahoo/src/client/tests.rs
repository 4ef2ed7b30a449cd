//! One question over scripted answers: attempts, rests, refusals. The clock of the client stands still.

use std::time::Duration;

use tokio::time::Instant;

use super::*;
use crate::{Decision, transport::scripted::Script};

const NOW: &str = "2024-06-13T22:00:00Z";

type Answers = Vec<Result<(u16, String), &'static str>>;

fn chart(symbol: &str) -> String {
    let body = r#"{"chart":{"result":[{"meta":{"symbol":"SYMBOL","dataGranularity":"1d","exchangeTimezoneName":
        "America/New_York"},"indicators":{"quote":[{}]}}],"error":null}}"#;
    body.replace("SYMBOL", symbol)
}

fn refusal(code: &str, description: &str) -> String {
    format!(r#"{{"chart":{{"result":null,"error":{{"code":"{code}","description":"{description}"}}}}}}"#)
}

fn client(answers: Answers) -> (Client, Arc<Script>) {
    let script = Arc::new(Script::new(answers));
    let config = ClientConfig { rate_limit_pause: Duration::from_secs(600), ..ClientConfig::default() };
    let clock: Clock = Arc::new(|| NOW.parse().unwrap_or_default());
    (Client::over(Transport::Scripted(Arc::clone(&script)), config, clock), script)
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

async fn ask(client: &Client, code: &str) -> Result<GlobalHistory, YahooError> {
    client.history(&code.parse().unwrap(), day("2024-06-01"), day("2024-06-30")).await
}

async fn error_of(answer: (u16, String)) -> YahooError {
    ask(&client(vec![Ok(answer)]).0, "AAPL.US").await.unwrap_err()
}

#[tokio::test(start_paused = true)]
async fn the_question_reaches_through_now_with_an_escaped_symbol() {
    let (client, script) = client(vec![Ok((200, chart("^GSPC")))]);
    let history = client.history(&"GSPC.IDX".parse().unwrap(), day("2020-01-11"), day("2020-02-01")).await.unwrap();
    // 2020-01-01 and now.
    let expected = "https://query1.finance.yahoo.com/v8/finance/chart/%5EGSPC?period1=1577836800&period2=1718316000\
                    &interval=1d&events=div,splits,capitalGains&includePrePost=false";
    assert_eq!(script.urls(), [expected]);
    assert_eq!(
        history.pages[0].request,
        r#"{"symbol":"^GSPC","period1":1577836800,"period2":1718316000,"interval":"1d","events":"div,splits,capitalGains"}"#
    );
    assert_eq!((history.pages[0].dataset, history.pages[0].http_status), ("chart", 200));
    assert_eq!(history.pages[0].body, chart("^GSPC").into_bytes());
}

#[tokio::test(start_paused = true)]
async fn after_a_429_the_whole_client_rests_and_sends_nothing() {
    for refusal in [(429, "Edge: Too Many Requests"), (429, ""), (999, "x"), (200, "Too Many Requests\r\n")] {
        let (client, script) = client(vec![Ok((refusal.0, refusal.1.to_owned()))]);
        let error = ask(&client, "AAPL.US").await.unwrap_err();
        let until: DateTime<Utc> = "2024-06-13T22:10:00Z".parse().unwrap();
        assert_eq!(error.decision(), Decision::RetryAt(until), "{refusal:?}: {error}");
        assert!(error.concerns_every_code());
        assert_eq!(ask(&client, "MSFT.US").await.unwrap_err().decision(), Decision::RetryAt(until));
        assert_eq!(script.urls().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn requests_in_the_queue_are_not_sent_once_another_was_refused() {
    let (client, script) = client(vec![Ok((429, String::new()))]);
    let (one, two) = tokio::join!(ask(&client, "AAPL.US"), ask(&client, "MSFT.US"));
    assert!(matches!(one, Err(YahooError::RateLimited { .. })) && matches!(two, Err(YahooError::RateLimited { .. })));
    assert_eq!(script.urls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_rest_ends_by_the_clock_and_doubles_when_refused_again() {
    let now = Arc::new(std::sync::Mutex::new(NOW.parse::<DateTime<Utc>>().unwrap()));
    let (clock, answers) =
        (Arc::clone(&now), [Ok((429, String::new())), Ok((429, String::new())), Ok((200, chart("AAPL")))]);
    let script = Arc::new(Script::new(answers));
    let clock: Clock = Arc::new(move || *clock.lock().unwrap());
    let client = Client::over(Transport::Scripted(Arc::clone(&script)), ClientConfig::default(), clock);
    let mut waited = Vec::new();
    for _ in 0..2 {
        let Decision::RetryAt(until) = ask(&client, "AAPL.US").await.unwrap_err().decision() else { panic!() };
        let mut now = now.lock().unwrap();
        waited.push((until - *now).num_minutes());
        *now = until;
    }
    assert_eq!(waited, [10, 20]);
    assert!(ask(&client, "AAPL.US").await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn passing_failures_are_tried_again_with_growing_waits() {
    let maintenance = "<html><body>Will be right back...</body></html>".to_owned();
    let answers = vec![Ok((200, maintenance)), Err("connection reset"), Ok((200, chart("AAPL")))];
    let (client, script) = client(answers);
    let start = Instant::now();
    assert_eq!(ask(&client, "AAPL.US").await.unwrap().pages.len(), 1);
    assert_eq!(script.urls().len(), 3);
    // Two seconds, then four.
    assert!((6_000..6_100).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn failures_that_do_not_pass_are_an_error_that_says_what_was_seen() {
    for (answer, expected) in [
        ((200, "<html>Will be right back".to_owned()), "the body is a maintenance page"),
        ((503, "<html>Will be right back".to_owned()), "HTTP status 503"),
        ((200, "{\"chart\":".to_owned()), "the body is cut off after 9 bytes"),
        ((200, "{]".to_owned()), "the body is not JSON"),
        ((500, String::new()), "HTTP status 500"),
        ((404, "<html>".to_owned()), "HTTP status 404"),
        ((302, String::new()), "HTTP status 302"),
    ] {
        let (client, _) = client(vec![Ok(answer.clone()), Ok(answer.clone()), Ok(answer.clone())]);
        let error = ask(&client, "AAPL.US").await.unwrap_err();
        assert!(matches!(&error, YahooError::Unavailable { attempts: 3, .. }), "{error}");
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(error.decision(), Decision::RetryLater);
    }
}

#[tokio::test(start_paused = true)]
async fn refusals_become_the_decision_they_ask_for() {
    let not_found = refusal("Not Found", "No data found, symbol may be delisted");
    for status in [404, 200] {
        let mut error = error_of((status, not_found.clone())).await;
        assert!(matches!(&error, YahooError::NotFound { symbol, .. } if symbol == "AAPL"), "{error}");
        assert_eq!((error.decision(), error.take_pages().len()), (Decision::Stop, 1));
    }
    let error = error_of((422, refusal("Unprocessable Entity", "15m data not available"))).await;
    assert!(matches!(&error, YahooError::BadRequest { status: 422, .. }), "{error}");
    let error = error_of((400, refusal("Bad Request", "Invalid input"))).await;
    assert!(matches!(&error, YahooError::BadRequest { status: 400, .. }), "{error}");
    assert!(matches!(error_of((400, "plain".to_owned())).await, YahooError::BadRequest { .. }));
    let crumb = r#"{"finance":{"result":null,"error":{"code":"Unauthorized","description":"Invalid Crumb"}}}"#;
    let error = error_of((401, crumb.to_owned())).await;
    assert!(matches!(&error, YahooError::AccessDenied { .. }) && error.concerns_every_code(), "{error}");
    assert!(error.to_string().contains("Invalid Crumb"));
    assert!(matches!(error_of((403, "denied".to_owned())).await, YahooError::AccessDenied { .. }));
    let error = error_of((200, r#"{"chart":{"result":[{"meta":{}}]}}"#.to_owned())).await;
    assert!(matches!(&error, YahooError::ShapeChanged { .. }), "{error}");
    assert_eq!(error.decision(), Decision::Stop);
}

#[tokio::test(start_paused = true)]
async fn a_range_before_the_first_bar_is_empty_and_no_error() {
    let text = "Data doesn't exist for startDate = 1565740800, endDate = 1596067200";
    let (client, _) = client(vec![Ok((400, refusal("Bad Request", text)))]);
    let history = ask(&client, "AAPL.US").await.unwrap();
    assert!(history.bars.is_empty() && history.actions.is_empty() && history.instrument.is_none());
    assert_eq!((history.pages.len(), history.pages[0].http_status), (1, 400));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_answered_is_not_sent() {
    let (client, script) = client(Vec::new());
    // 17:59 in New York: today is final; tomorrow is not.
    let code = "AAPL.US".parse().unwrap();
    let error = client.history(&code, day("2024-06-14"), day("2024-06-30")).await.unwrap_err();
    assert_eq!(error.decision(), Decision::RetryAt("2024-06-14T20:30:00Z".parse().unwrap()));
    assert!(client.history(&code, day("2024-06-10"), day("2024-06-09")).await.unwrap().pages.is_empty());
    let error = ask(&client, "BRK.B.US").await.unwrap_err();
    assert!(matches!(error, YahooError::UnknownCode { .. }));
    assert!(script.urls().is_empty());
}
