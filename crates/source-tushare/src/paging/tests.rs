//! Paging over scripted pages of `adj_factor`, three rows to a page.

use std::sync::Arc;

use super::*;
use crate::{
    AdjFactor, Api, ClientConfig, Fetched, Secret,
    transport::{Transport, scripted::Script},
};

const LIMIT: usize = 3;

/// A page with a factor per code; `has_more` as JSON, empty = absent.
fn page(rows: &[(&str, f64)], has_more: &str) -> Result<(u16, String), &'static str> {
    let items: Vec<String> =
        rows.iter().map(|(code, factor)| format!(r#"["{code}.SZ","20180718",{factor}]"#)).collect();
    let has_more = if has_more.is_empty() { String::new() } else { format!(r#","has_more":{has_more}"#) };
    let fields = r#"["ts_code","trade_date","adj_factor"]"#;
    Ok((200, format!(r#"{{"code":0,"data":{{"fields":{fields},"items":[{}]{has_more}}}}}"#, items.join(","))))
}

async fn fetch(
    pages: impl IntoIterator<Item = Result<(u16, String), &'static str>>,
) -> (Result<Fetched<AdjFactor>, TushareError>, Vec<String>) {
    let mut config = ClientConfig::new(Secret::new("t"));
    config.row_limits.insert(Api::AdjFactor, LIMIT);
    config.max_pages = 8;
    let script = Arc::new(Script::new(pages));
    let transport = Transport::Scripted(Arc::clone(&script));
    let client = Client::over(transport, config, Arc::new(|| "2018-07-18T10:30:00Z".parse().unwrap_or_default()));
    let fetched = client.adj_factor("2018-07-18".parse().unwrap()).await;
    let requests = script.requests().into_iter();
    let offsets = requests.map(|request| request["params"]["offset"].as_str().unwrap().to_owned()).collect();
    (fetched, offsets)
}

fn codes(fetched: &Fetched<AdjFactor>) -> Vec<&str> {
    fetched.rows.iter().map(|row| row.value.code.symbol()).collect()
}

const A: (&str, f64) = ("000001", 1.0);
const B: (&str, f64) = ("000002", 2.0);
const C: (&str, f64) = ("000003", 3.0);
const D: (&str, f64) = ("000004", 4.0);
const E: (&str, f64) = ("000005", 5.0);

#[tokio::test]
async fn pages_are_followed_while_more_is_announced_and_rows_keep_their_place() {
    let (fetched, offsets) = fetch([page(&[A, B, C], "true"), page(&[D, E], "false")]).await;
    let fetched = fetched.unwrap();
    assert_eq!(codes(&fetched), ["000001", "000002", "000003", "000004", "000005"]);
    assert_eq!(offsets, ["0", "3"]);
    assert_eq!((fetched.rows[4].page, fetched.rows[4].row), (1, 1));
    assert_eq!(fetched.pages.len(), 2);
}

#[tokio::test]
async fn an_exactly_full_page_is_followed_even_without_has_more() {
    let (fetched, offsets) = fetch([page(&[A, B, C], ""), page(&[D], "")]).await;
    assert_eq!(codes(&fetched.unwrap()).len(), 4);
    assert_eq!(offsets, ["0", "3"]);
}

#[tokio::test]
async fn an_empty_page_after_an_exactly_full_one_is_the_end() {
    let (fetched, _) = fetch([page(&[A, B, C], ""), page(&[], "")]).await;
    assert_eq!(codes(&fetched.unwrap()).len(), 3);
}

#[tokio::test]
async fn a_server_that_cuts_earlier_than_its_limit_is_followed_from_what_it_sent() {
    let (fetched, offsets) = fetch([page(&[A, B], "true"), page(&[C, D], "true"), page(&[E], "0")]).await;
    assert_eq!(codes(&fetched.unwrap()).len(), 5);
    assert_eq!(offsets, ["0", "2", "4"]);
}

#[tokio::test]
async fn equal_rows_of_one_page_count_once_without_a_second_reading() {
    let (fetched, offsets) = fetch([page(&[A, A], "false")]).await;
    let fetched = fetched.unwrap();
    assert_eq!(codes(&fetched), ["000001"]);
    assert!(fetched.rejected.is_empty());
    assert_eq!(offsets.len(), 1);
}

#[tokio::test]
async fn rows_that_contradict_each_other_are_all_refused() {
    let (fetched, _) = fetch([page(&[A, ("000001", 1.5), B], "false"), page(&[], "")]).await;
    let fetched = fetched.unwrap();
    assert_eq!(codes(&fetched), ["000002"]);
    let rejected: Vec<(u32, &str)> = fetched.rejected.iter().map(|row| (row.row, row.value.as_str())).collect();
    assert_eq!(rejected, [(0, "000001.SZ,20180718,1"), (1, "000001.SZ,20180718,1.5")]);
    assert_eq!(fetched.rejected[0].reason, "the answer holds differing rows for the key 000001.SZ 20180718");
}

#[tokio::test]
async fn a_row_lost_because_the_order_moved_between_pages_is_found_by_reading_again() {
    // First pass: C comes twice, so D, which stood in its place, was skipped.
    let first = [page(&[A, B, C], "true"), page(&[C, E], "false")];
    let second = [page(&[A, B, C], "true"), page(&[D, E], "false")];
    let (fetched, offsets) = fetch(first.into_iter().chain(second)).await;
    let fetched = fetched.unwrap();
    let mut found = codes(&fetched);
    found.sort_unstable();
    assert_eq!(found, ["000001", "000002", "000003", "000004", "000005"]);
    assert_eq!(offsets, ["0", "3", "0", "3"]);
    assert_eq!(fetched.pages.len(), 4, "each row can be traced to the page it came from");
}

#[tokio::test]
async fn a_pass_without_anything_new_does_not_prove_that_nothing_is_missing() {
    let first = [page(&[A, B, C], "true"), page(&[C, A], "false")];
    let second = [page(&[B, A, C], "true"), page(&[A, B], "false")];
    let third = [page(&[E, B, C], "true"), page(&[D, A], "false")];
    let (fetched, _) = fetch(first.into_iter().chain(second).chain(third)).await;
    assert_eq!(codes(&fetched.unwrap()).len(), 5);
}

#[tokio::test]
async fn a_double_row_that_is_the_whole_last_page_is_no_repeated_page() {
    let pass = || [page(&[A, B, C], "true"), page(&[C], "false")];
    let (fetched, _) = fetch(pass().into_iter().chain(pass())).await;
    assert_eq!(codes(&fetched.unwrap()), ["000001", "000002", "000003"]);
}

#[tokio::test]
async fn a_double_row_of_the_vendor_across_pages_is_accepted_once_it_repeats_the_same() {
    let pass = || [page(&[A, B, C], "true"), page(&[C, D], "false")];
    let (fetched, offsets) = fetch(pass().into_iter().chain(pass())).await;
    assert_eq!(codes(&fetched.unwrap()).len(), 4);
    assert_eq!(offsets.len(), 4);
}

#[tokio::test]
async fn a_server_that_ignores_the_offset_is_an_error_with_its_pages_and_no_loop() {
    let (fetched, offsets) = fetch([page(&[A, B, C], "true"), page(&[A, B, C], "true")]).await;
    let mut error = fetched.unwrap_err();
    assert!(error.to_string().contains("the page at offset 3 repeats earlier ones"), "{error}");
    assert_eq!(error.take_pages().len(), 2);
    assert_eq!(offsets.len(), 2);
}

#[tokio::test]
async fn an_order_that_never_holds_still_is_an_error() {
    let passes = [[B, C], [C, D], [A, E], [B, D]].into_iter().enumerate();
    let pages = passes.flat_map(|(n, tail)| {
        // Each pass doubles a row and brings one that was never seen.
        let new = [("000101", 1.0), ("000102", 1.0), ("000103", 1.0), ("000104", 1.0)][n];
        [page(&[A, tail[0], new], "true"), page(&[new, tail[1]], "false")]
    });
    let (fetched, _) = fetch(pages.collect::<Vec<_>>()).await;
    assert!(fetched.unwrap_err().to_string().contains("rows still move between pages after 4 passes"));
}

#[tokio::test]
async fn an_answer_without_end_is_an_error() {
    let symbols: Vec<String> = (1..=24).map(|n| format!("{n:06}")).collect();
    let pages = symbols.chunks(LIMIT).map(|chunk| {
        let rows: Vec<(&str, f64)> = chunk.iter().map(|symbol| (symbol.as_str(), 1.0)).collect();
        page(&rows, "true")
    });
    let (fetched, offsets) = fetch(pages.collect::<Vec<_>>()).await;
    assert!(fetched.unwrap_err().to_string().contains("no end after 8 pages"));
    assert_eq!(offsets.len(), 8);
}

#[tokio::test]
async fn an_empty_page_that_announces_more_is_an_error() {
    let (fetched, _) = fetch([page(&[A, B, C], "true"), page(&[], "true")]).await;
    assert!(fetched.unwrap_err().to_string().contains("is empty and says that more follow"));
}

#[tokio::test]
async fn changed_columns_on_any_page_refuse_the_whole_answer_with_all_pages() {
    let changed = page(&[D], "false").map(|(status, body)| (status, body.replace("adj_factor", "factor")));
    let (fetched, _) = fetch([page(&[A, B, C], "true"), changed]).await;
    let mut error = fetched.unwrap_err();
    assert_eq!(error.to_string(), "the columns of adj_factor changed: adj_factor missing");
    let pages = error.take_pages();
    assert_eq!(pages.len(), 2);
    assert!(String::from_utf8_lossy(&pages[1].body).contains("\"factor\""));
}
