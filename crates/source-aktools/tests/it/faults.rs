//! Every fault of the server and of whatever stands between.

use std::time::Duration;

use source_aktools::{AktoolsError, ClientConfig, Decision, SERIES, SeriesSpec, series_named};
use tokio::net::TcpListener;
use upstream_simulators::{AktoolsFault, SimClock};

use crate::kit::{client, config, setup};

const FUNCTION: &str = "macro_china_cpi_yearly";

fn cpi() -> &'static SeriesSpec {
    series_named("china_cpi_yearly").expect("the series is known")
}

#[tokio::test]
async fn faults_on_the_way_are_tried_again_and_change_no_figure() {
    let setup = setup().await;
    let expected = setup.client.series(cpi()).await.unwrap().rows;
    for fault in [
        AktoolsFault::ServerError,
        AktoolsFault::HtmlBadGateway,
        AktoolsFault::HtmlOk,
        AktoolsFault::CutBody,
        AktoolsFault::Hangup,
        AktoolsFault::Malformed,
        AktoolsFault::NotAnArray,
    ] {
        setup.client.forget_answers();
        setup.server.calls().clear();
        setup.server.faults().next(2, FUNCTION, fault.clone());
        assert_eq!(setup.client.series(cpi()).await.unwrap().rows, expected, "{fault:?}");
        assert_eq!(setup.server.calls().of(FUNCTION), 3, "{fault:?}");
    }
    for fault in [AktoolsFault::ReverseColumns, AktoolsFault::TextNumbers] {
        setup.client.forget_answers();
        setup.server.faults().always("", fault.clone());
        assert_eq!(setup.client.series(cpi()).await.unwrap().rows, expected, "{fault:?}");
        setup.server.faults().clear();
    }
}

#[tokio::test]
async fn faults_that_stay_become_an_error_that_says_what_was_seen() {
    let setup = setup().await;
    for (fault, detail) in [
        (AktoolsFault::ServerError, "HTTP status 500"),
        (AktoolsFault::HtmlBadGateway, "HTTP status 502"),
        (AktoolsFault::HtmlOk, "the body is HTML"),
        (AktoolsFault::Malformed, "the body is cut off"),
        (AktoolsFault::NotAnArray, "the body is not a JSON array"),
    ] {
        setup.server.faults().always(FUNCTION, fault.clone());
        let error = setup.client.series(cpi()).await.unwrap_err();
        assert!(matches!(error, AktoolsError::Unavailable { attempts: 3, .. }), "{error}");
        assert!(error.to_string().contains(detail), "{fault:?}: {error}");
        assert_eq!(error.decision(), Decision::RetryLater);
        setup.server.faults().clear();
    }
    assert!(setup.client.series(cpi()).await.is_ok(), "and then it recovers");
}

#[tokio::test]
async fn refusals_become_decisions_without_another_attempt() {
    let setup = setup().await;
    let in_a_day = setup.clock.now() + chrono::TimeDelta::seconds(14_400);
    for (fault, decision) in [
        (AktoolsFault::UnknownFunction, Decision::Stop),
        (AktoolsFault::KeyError("data".to_owned()), Decision::Stop),
        (AktoolsFault::Unauthorized, Decision::Stop),
        (AktoolsFault::NoData, Decision::RetryLater),
        (AktoolsFault::NotFound, Decision::RetryLater),
        (AktoolsFault::EmptyTable, Decision::RetryLater),
        // The day's allowance is spent: four hours to midnight.
        (AktoolsFault::TooManyRequests(Some(14_400)), Decision::RetryAt(in_a_day)),
    ] {
        setup.server.calls().clear();
        setup.server.faults().next(1, FUNCTION, fault.clone());
        let error = setup.client.series(cpi()).await.unwrap_err();
        assert_eq!(error.decision(), decision, "{fault:?}: {error}");
        assert_eq!(setup.server.calls().of(FUNCTION), 1, "{fault:?}");
    }
    setup.server.faults().next(1, FUNCTION, AktoolsFault::TooManyRequests(None));
    let error = setup.client.series(cpi()).await.unwrap_err();
    let AktoolsError::Throttled { after, .. } = error else { panic!("{error}") };
    assert_eq!(after, setup.clock.now() + chrono::TimeDelta::minutes(1));
}

#[tokio::test]
async fn the_texts_of_the_server_tell_what_to_do() {
    let setup = setup().await;
    setup.server.faults().next(1, FUNCTION, AktoolsFault::UnknownFunction);
    let error = setup.client.series(cpi()).await.unwrap_err();
    assert!(matches!(error, AktoolsError::UnknownFunction { function: FUNCTION, .. }), "{error}");
    assert!(error.to_string().contains("请升级 AKShare"), "{error}");
    setup.server.faults().next(1, FUNCTION, AktoolsFault::KeyError("今值".to_owned()));
    let error = setup.client.series(cpi()).await.unwrap_err();
    assert!(matches!(&error, AktoolsError::BadParameter { message, .. } if message.contains("'今值'")), "{error}");
}

#[tokio::test]
async fn a_column_that_is_renamed_or_gone_refuses_every_series_that_needs_it() {
    let setup = setup().await;
    for spec in SERIES {
        setup.client.forget_answers();
        setup.server.faults().clear();
        let rename = AktoolsFault::RenameColumn { from: spec.column.to_owned(), to: format!("{}(%)", spec.column) };
        setup.server.faults().always(spec.function, rename);
        let mut error = setup.client.series(spec).await.unwrap_err();
        let AktoolsError::ColumnsChanged { missing, .. } = &error else { panic!("{}: {error}", spec.name) };
        assert_eq!(missing, &[spec.column], "{}", spec.name);
        assert_eq!(error.decision(), Decision::Stop);
        let pages = error.take_pages();
        assert!(String::from_utf8(pages[0].body.clone()).unwrap().contains(&format!("{}(%)", spec.column)));
        for column in spec.columns() {
            setup.client.forget_answers();
            setup.server.faults().clear();
            setup.server.faults().always(spec.function, AktoolsFault::DropColumn(column.to_owned()));
            let error = setup.client.series(spec).await.unwrap_err();
            assert!(matches!(error, AktoolsError::ColumnsChanged { .. }), "{} without {column}: {error}", spec.name);
        }
    }
}

#[tokio::test]
async fn social_financing_under_swapped_names_is_refused_whole() {
    let setup = setup().await;
    let function = "macro_china_shrzgm";
    for (one, other) in [
        ("社会融资规模增量", "其中-人民币贷款"),
        ("社会融资规模增量", "其中-企业债券"),
        ("其中-人民币贷款", "其中-委托贷款"),
        ("其中-人民币贷款", "其中-非金融企业境内股票融资"),
    ] {
        setup.server.faults().next(1, function, AktoolsFault::SwapColumns(one.to_owned(), other.to_owned()));
        let mut error = setup.client.function(function).await.unwrap_err();
        assert!(matches!(error, AktoolsError::ColumnsMislabelled { .. }), "{one} for {other}: {error}");
        assert_eq!((error.decision(), error.take_pages().len()), (Decision::Stop, 1));
    }
    assert!(setup.client.function(function).await.is_ok());
}

#[tokio::test]
async fn a_bad_row_is_refused_with_its_place_and_the_others_stay() {
    let setup = setup().await;
    let all = setup.client.series(cpi()).await.unwrap().rows.len();
    let cell =
        |column: &str, text: &str| AktoolsFault::Cell { row: 5, column: column.to_owned(), text: text.to_owned() };
    for (fault, rows, reason) in [
        (cell("今值", "n/a"), all - 1, "今值 is not a number"),
        (cell("日期", "2024-02-31"), all - 1, "日期 is not a day"),
        (cell("前值", "?"), all - 1, "前值 is not a number"),
        (AktoolsFault::NotAnObject(5), all - 1, "the item is not an object"),
        (AktoolsFault::DifferingTwin(5), all - 1, "the answer holds differing figures"),
        (cell("日期", "2030-01-01"), all - 1, "今值 has a figure for 2030-01-01"),
    ] {
        setup.client.forget_answers();
        setup.server.faults().next(1, FUNCTION, fault.clone());
        let fetched = setup.client.series(cpi()).await.unwrap();
        assert_eq!(fetched.rows.len(), rows, "{fault:?}");
        let rejected = &fetched.rejected[0];
        assert_eq!((rejected.dataset, rejected.page, rejected.row), (FUNCTION, 0, 5), "{fault:?}");
        assert!(rejected.reason.starts_with(reason), "{fault:?}: {}", rejected.reason);
    }
}

#[tokio::test]
async fn a_slow_answer_is_given_up_after_the_time_out() {
    let setup = setup().await;
    setup.server.faults().always(FUNCTION, AktoolsFault::Slow(60_000));
    let hasty = ClientConfig { request_timeout: Duration::from_millis(50), max_attempts: 2, ..setup.config };
    let error = client(hasty, &setup.clock).series(cpi()).await.unwrap_err();
    assert!(matches!(&error, AktoolsError::Unavailable { attempts: 2, .. }), "{error}");
    assert!(error.to_string().contains("timed out"), "{error}");
}

#[tokio::test]
async fn a_server_that_is_away_and_comes_back_is_used_again() {
    let setup = setup().await;
    setup.server.go_down().await;
    assert_eq!(setup.client.series(cpi()).await.unwrap_err().decision(), Decision::RetryLater);
    setup.server.come_back().await.unwrap();
    assert!(setup.client.series(cpi()).await.is_ok());
}

#[tokio::test]
async fn an_unreachable_server_is_an_error_without_its_address() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let clock = SimClock::at_shanghai("2024-03-29T20:00:00".parse().unwrap());
    let client = client(config(&format!("http://user:hunter2@{address}")), &clock);
    for error in [client.series(cpi()).await.unwrap_err(), client.version().await.unwrap_err()] {
        assert_eq!(error.decision(), Decision::RetryLater);
        assert!(!format!("{error} {error:?} {client:?}").contains("hunter2"), "{error}");
    }
}

#[tokio::test]
async fn the_server_says_what_it_is() {
    let setup = setup().await;
    let version = setup.client.version().await.unwrap();
    assert_eq!((version.akshare.as_str(), version.aktools.as_str()), ("1.19.5", "0.0.91"));
}

#[tokio::test]
async fn many_callers_of_one_function_cost_one_call() {
    let setup = setup().await;
    setup.server.faults().always(FUNCTION, AktoolsFault::Slow(20));
    let (one, two, three) =
        tokio::join!(setup.client.series(cpi()), setup.client.function(FUNCTION), setup.client.series(cpi()));
    assert_eq!(one.unwrap().rows, three.unwrap().rows);
    assert!(!two.unwrap().rows.is_empty());
    assert_eq!((setup.server.calls().of(FUNCTION), setup.server.calls().most_at_once(FUNCTION)), (1, 1));
}
