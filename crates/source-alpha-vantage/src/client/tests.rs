//! One question over scripted answers: allowance, waits, refusals. The clock of the client stands still.

use tokio::time::Instant;

use super::*;
use crate::{Decision, Secret, transport::scripted::Script};

const KEY: &str = "TOPSECRETKEY42";
const NOW: &str = "2024-06-13T22:00:00Z";

type Answers = Vec<Result<(u16, String), &'static str>>;

fn series(rows: usize) -> String {
    let row = r#"{"1. open":"10","2. high":"11","3. low":"9","4. close":"10.5","5. volume":"7"}"#;
    let first: NaiveDate = "2024-06-13".parse().unwrap();
    let rows: Vec<String> =
        (0..rows as u64).map(|back| format!("\"{}\":{row}", first - chrono::Days::new(back))).collect();
    format!(r#"{{"Meta Data":{{"2. Symbol":"IBM"}},"Time Series (Daily)":{{{}}}}}"#, rows.join(","))
}

fn information(text: &str) -> Result<(u16, String), &'static str> {
    Ok((200, format!(r#"{{"Information":"{text}"}}"#)))
}

const THROTTLE: &str = "Please consider spreading out your free API requests more sparingly (1 request per second). You may \
                        subscribe to lift the free key rate limit (25 requests per day)";
const FULL_IS_PREMIUM: &str =
    "The outputsize=full parameter value is a premium feature for the TIME_SERIES_DAILY endpoint.";

fn client_with(answers: Answers, change: impl FnOnce(&mut ClientConfig)) -> (Client, Arc<Script>) {
    let script = Arc::new(Script::new(answers));
    let mut config = ClientConfig::new(Secret::new(KEY));
    change(&mut config);
    let clock: Clock = Arc::new(|| NOW.parse().unwrap_or_default());
    (Client::over(Transport::Scripted(Arc::clone(&script)), config, clock), script)
}

fn client(answers: Answers) -> (Client, Arc<Script>) {
    client_with(answers, |_| {})
}

async fn ask_since(client: &Client, from: &str) -> Result<GlobalHistory, AlphaVantageError> {
    client.history(&"IBM.US".parse().unwrap(), from.parse().unwrap(), "2024-06-30".parse().unwrap()).await
}

async fn ask(client: &Client) -> Result<GlobalHistory, AlphaVantageError> {
    ask_since(client, "2024-06-10").await
}

fn has_no_key(shown: &str) -> bool {
    !shown.contains(KEY)
}

#[tokio::test(start_paused = true)]
async fn the_key_is_in_the_address_only() {
    let (client, script) = client(vec![Ok((200, series(4)))]);
    let history = ask(&client).await.unwrap();
    let expected = format!(
        "https://www.alphavantage.co/query?function=TIME_SERIES_DAILY&symbol=IBM&outputsize=compact&apikey={KEY}"
    );
    assert_eq!(script.urls(), [expected]);
    assert_eq!(history.bars.len(), 4);
    let page = &history.pages[0];
    assert_eq!(page.dataset, "daily");
    assert_eq!(page.request, r#"{"function":"TIME_SERIES_DAILY","outputsize":"compact","symbol":"IBM"}"#);
    assert_eq!(page.body, series(4).into_bytes(), "to the byte");
    assert!(has_no_key(&format!("{client:?} {history:?}")));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_repeats_the_key_is_blanked_out_in_text_and_page() {
    for text in [
        format!("We have detected your API key as {KEY} and our standard API rate limit is 25 requests per day."),
        format!("the parameter apikey is invalid or missing: {KEY}"),
        format!("This is a premium endpoint, {KEY}"),
        format!("Invalid API call, {KEY}"),
    ] {
        let (client, _) = client(vec![information(&text)]);
        let mut error = ask(&client).await.unwrap_err();
        let pages = error.take_pages();
        assert!(has_no_key(&format!("{error} {error:?} {pages:?}")), "{error}");
        let body = String::from_utf8(pages[0].body.clone()).unwrap();
        assert!(has_no_key(&body) && body.contains("***") && body.starts_with(r#"{"Information":""#), "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_days_allowance_is_counted_here_and_the_vendors_word_counts_too() {
    let midnight: DateTime<Utc> = "2024-06-14T04:00:00Z".parse().unwrap();
    let (counted, script) = client_with(vec![Ok((200, series(1))), Ok((200, series(1)))], |config| {
        config.requests_per_day = Some(2);
    });
    assert!(ask(&counted).await.is_ok() && ask(&counted).await.is_ok());
    let error = ask(&counted).await.unwrap_err();
    assert_eq!(error.decision(), Decision::RetryAt(midnight));
    assert!(error.concerns_every_code());
    assert_eq!(script.urls().len(), 2);

    let (told, script) = client(vec![information("our standard API rate limit is 25 requests per day")]);
    assert_eq!(ask(&told).await.unwrap_err().decision(), Decision::RetryAt(midnight));
    assert_eq!(ask(&told).await.unwrap_err().decision(), Decision::RetryAt(midnight));
    assert_eq!(script.urls().len(), 1, "nothing is sent after that");
}

#[tokio::test(start_paused = true)]
async fn the_allowance_returns_at_midnight_in_new_york() {
    let now = Arc::new(std::sync::Mutex::new(NOW.parse::<DateTime<Utc>>().unwrap()));
    let script = Arc::new(Script::new([Ok((200, series(1))), Ok((200, series(1)))]));
    let config = ClientConfig { requests_per_day: Some(1), ..ClientConfig::new(Secret::new(KEY)) };
    let shown = Arc::clone(&now);
    let clock: Clock = Arc::new(move || *shown.lock().unwrap());
    let client = Client::over(Transport::Scripted(script), config, clock);
    assert!(ask(&client).await.is_ok());
    let Decision::RetryAt(at) = ask(&client).await.unwrap_err().decision() else { panic!() };
    *now.lock().unwrap() = at;
    assert!(ask(&client).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn requests_keep_their_distance() {
    let (client, _) = client(vec![Ok((200, series(1))), Ok((200, series(1))), Ok((200, series(1)))]);
    let start = Instant::now();
    let (one, two, three) = tokio::join!(ask(&client), ask(&client), ask(&client));
    assert!(one.is_ok() && two.is_ok() && three.is_ok());
    assert!((2_400..2_500).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn too_fast_is_waited_out_and_given_up_in_the_end() {
    let throttled = || information(THROTTLE);
    let (waiting, _) = client(vec![throttled(), Ok((429, String::new())), Ok((200, series(1)))]);
    let start = Instant::now();
    assert!(ask(&waiting).await.is_ok());
    assert!((3_000..3_100).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());

    let (hopeless, script) = client(vec![throttled(), throttled(), throttled(), throttled()]);
    let error = ask(&hopeless).await.unwrap_err();
    assert_eq!(error.decision(), Decision::RetryAt("2024-06-13T22:01:00Z".parse().unwrap()));
    assert_eq!(script.urls().len(), 4);

    let minute = Ok((
        200,
        r#"{"Note":"Our standard API call frequency is 5 calls per minute and 500 calls per day."}"#.to_owned(),
    ));
    let (patient, _) = client(vec![minute, Ok((200, series(1)))]);
    let start = Instant::now();
    assert!(ask(&patient).await.is_ok());
    assert!((60_000..60_100).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn whole_series_fall_back_to_the_newest_rows_and_say_so_and_are_not_asked_for_again() {
    let (client, script) = client(vec![
        information(FULL_IS_PREMIUM),
        Ok((200, series(100))),
        Ok((200, series(100))),
        Ok((200, series(4))),
    ]);
    let history = ask_since(&client, "2020-01-01").await.unwrap();
    assert_eq!(history.bars.len(), 100);
    assert_eq!(history.cut_before, Some("2024-03-06".parse().unwrap()));
    assert_eq!(ask_since(&client, "2019-01-01").await.unwrap().cut_before, history.cut_before);
    // Fewer rows than a compact series holds are the whole of it.
    assert_eq!(ask_since(&client, "2019-01-01").await.unwrap().cut_before, None);
    let sizes: Vec<bool> = script.urls().iter().map(|url| url.contains("outputsize=full")).collect();
    assert_eq!(sizes, [true, false, false, false]);
}

#[tokio::test(start_paused = true)]
async fn refusals_become_the_decision_they_ask_for() {
    let error_of = async |answer: Result<(u16, String), &'static str>| ask(&client(vec![answer]).0).await.unwrap_err();
    let error = error_of(information("This is a premium endpoint.")).await;
    assert!(matches!(&error, AlphaVantageError::NoPermission { function: Function::TimeSeriesDaily, .. }), "{error}");
    let error = error_of(information(FULL_IS_PREMIUM)).await;
    assert!(matches!(&error, AlphaVantageError::NoPermission { .. }), "even compact is refused: {error}");
    let error = error_of(Ok((200, r#"{"Error Message":"Invalid API call. Please retry"}"#.to_owned()))).await;
    assert!(matches!(&error, AlphaVantageError::BadRequest { .. }), "{error}");
    let error =
        error_of(Ok((200, r#"{"Error Message":"the parameter apikey is invalid or missing."}"#.to_owned()))).await;
    assert!(matches!(&error, AlphaVantageError::BadKey { .. }) && error.concerns_every_code(), "{error}");
    let error = error_of(Ok((406, r#"{"detail":"Could not satisfy the request Accept header."}"#.to_owned()))).await;
    assert!(matches!(&error, AlphaVantageError::BadRequest { .. }), "{error}");
    let error = error_of(Ok((200, r#"{"Time Series (Weekly)":{}}"#.to_owned()))).await;
    assert!(matches!(&error, AlphaVantageError::ShapeChanged { .. }), "{error}");
    assert_eq!(error.decision(), Decision::Stop);
}

#[tokio::test(start_paused = true)]
async fn nothing_known_is_an_empty_history() {
    let history = ask(&client(vec![Ok((200, "{}".to_owned()))]).0).await.unwrap();
    assert!(history.bars.is_empty() && history.pages.len() == 1);
}

#[tokio::test(start_paused = true)]
async fn passing_failures_are_tried_again_and_lasting_ones_are_named() {
    let html = || Ok((200, "<html>502 Bad Gateway</html>".to_owned()));
    let (client, _) = client(vec![html(), Err("connection reset"), Ok((200, series(1)))]);
    assert!(ask(&client).await.is_ok());
    for (answer, expected) in [
        (html(), "the body is HTML"),
        (Ok((503, "{}".to_owned())), "HTTP status 503"),
        (Ok((200, series(1)[..50].to_owned())), "the body is cut off after 50 bytes"),
        (Err("connection to /query?apikey=TOPSECRETKEY42 failed"), "apikey=***"),
    ] {
        let (client, _) = self::client(vec![answer.clone(), answer.clone(), answer]);
        let error = ask(&client).await.unwrap_err();
        assert!(matches!(&error, AlphaVantageError::Unavailable { attempts: 3, .. }), "{error}");
        assert!(error.to_string().contains(expected) && has_no_key(&format!("{error:?}")), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_answered_is_not_sent() {
    let (client, script) = client(Vec::new());
    for code in ["0700.HK", "GSPC.IDX", "920799.BJ"] {
        let error = client
            .history(&code.parse().unwrap(), "2024-06-10".parse().unwrap(), "2024-06-30".parse().unwrap())
            .await
            .unwrap_err();
        assert!(matches!(error, AlphaVantageError::UnknownCode { .. }), "{error}");
    }
    let error = ask_since(&client, "2024-06-14").await.unwrap_err();
    assert_eq!(error.decision(), Decision::RetryAt("2024-06-14T20:30:00Z".parse().unwrap()));
    assert!(ask_since(&client, "2024-07-01").await.unwrap().pages.is_empty());
    assert!(script.urls().is_empty());
}
