//! The five interfaces of a day together.

use serde_json::{Value, json};
use source_tushare::{Api, TushareError};
use wiremock::MockServer;

use crate::kit::{DAILY_FIELDS, answer, client, config, daily_items, day, refusal, serve};

async fn serve_day(server: &MockServer, without: Option<(&str, Value)>) {
    let factors = json!([
        // Not the order of the bars, and with a suspended code that has none.
        ["300750.SZ", "20180718", 1],
        ["000002.SZ", "20180718", 99.5],
        ["000001.SZ", "20180718", 108.031],
    ]);
    let basics = json!([[
        "000001.SZ",
        "20180718",
        8.70,
        0.31,
        null,
        null,
        null,
        null,
        0.71,
        null,
        null,
        null,
        null,
        1717041.1366,
        1691799.0089,
        null,
        14938257.8884,
        null
    ]]);
    let fields = [
        "ts_code",
        "trade_date",
        "close",
        "turnover_rate",
        "turnover_rate_f",
        "volume_ratio",
        "pe",
        "pe_ttm",
        "pb",
        "ps",
        "ps_ttm",
        "dv_ratio",
        "dv_ttm",
        "total_share",
        "float_share",
        "free_share",
        "total_mv",
        "circ_mv",
    ];
    let answers = [
        ("daily", answer(DAILY_FIELDS, daily_items())),
        ("adj_factor", answer(&["ts_code", "trade_date", "adj_factor"], factors)),
        ("daily_basic", answer(&fields, basics)),
        (
            "suspend_d",
            answer(
                &["ts_code", "trade_date", "suspend_timing", "suspend_type"],
                json!([["000002.SZ", "20180718", null, "S"]]),
            ),
        ),
        (
            "stk_limit",
            answer(
                &["trade_date", "ts_code", "up_limit", "down_limit"],
                json!([["20180718", "000001.SZ", 9.59, 7.85], ["20180718", "600519.SH", "oops", 1.0]]),
            ),
        ),
    ];
    for (api, body) in answers {
        let body = without.as_ref().filter(|(other, _)| *other == api).map_or(body, |(_, other)| other.clone());
        serve(server, api, body).await;
    }
}

#[tokio::test]
async fn factors_are_joined_by_code_and_every_row_points_to_its_own_page() {
    let server = MockServer::start().await;
    serve_day(&server, None).await;
    let day = client(config(&server.uri())).whole_day(day("2018-07-18")).await.unwrap();
    let factors: Vec<(&str, Option<f64>)> =
        day.daily.iter().map(|row| (row.value.code.symbol(), row.value.adj_factor)).collect();
    assert_eq!(factors, [("000001", Some(108.031)), ("600519", None), ("300750", Some(1.0))]);
    assert_eq!(day.without_factor, 1);
    assert!(day.not_permitted.is_empty());
    assert_eq!(day.pages.len(), 5);
    let dataset = |page: usize| day.pages[page].dataset;
    assert_eq!(dataset(day.daily[0].page), "daily");
    assert_eq!(dataset(day.basics[0].page), "daily_basic");
    assert_eq!(dataset(day.suspensions[0].page), "suspend_d");
    assert_eq!(dataset(day.limits[0].page), "stk_limit");
    assert_eq!((day.rejected[0].dataset, dataset(day.rejected[0].page)), ("stk_limit", "stk_limit"));
    assert_eq!(day.basics[0].value.total_shares, Some(17_170_411_366.0));
    assert!(day.suspensions[0].value.is_whole_day());
}

#[tokio::test]
async fn an_account_without_an_extra_interface_still_gets_its_bars() {
    let server = MockServer::start().await;
    serve_day(&server, Some(("stk_limit", refusal(40203, "抱歉，您没有接口(stk_limit)访问权限")))).await;
    let day = client(config(&server.uri())).whole_day(day("2018-07-18")).await.unwrap();
    assert_eq!(day.not_permitted, [Api::StkLimit]);
    assert_eq!((day.daily.len(), day.limits.len(), day.pages.len()), (3, 0, 4));
}

#[tokio::test]
async fn a_day_without_permission_for_the_bars_themselves_is_an_error() {
    let server = MockServer::start().await;
    serve_day(&server, Some(("daily", refusal(40203, "抱歉，您没有接口(daily)访问权限")))).await;
    let error = client(config(&server.uri())).whole_day(day("2018-07-18")).await.unwrap_err();
    assert!(matches!(error, TushareError::NoPermission { api: Api::Daily, .. }));
}

#[tokio::test]
async fn a_holiday_is_a_day_without_rows_and_keeps_its_empty_pages() {
    let server = MockServer::start().await;
    for api in ["daily", "adj_factor", "daily_basic", "suspend_d", "stk_limit"] {
        serve(&server, api, answer(&[], json!([]))).await;
    }
    let day = client(config(&server.uri())).whole_day(day("2018-07-15")).await.unwrap();
    assert!(day.daily.is_empty() && day.rejected.is_empty());
    assert_eq!(day.pages.len(), 5);
}

#[tokio::test]
async fn shares_of_all_three_lists_come_with_their_status() {
    use wiremock::{Mock, ResponseTemplate, matchers};
    let server = MockServer::start().await;
    let fields = [
        "ts_code",
        "symbol",
        "name",
        "area",
        "industry",
        "market",
        "exchange",
        "curr_type",
        "list_status",
        "list_date",
        "delist_date",
        "is_hs",
    ];
    let lists = [
        (
            "L",
            json!([
                ["000001.SZ", "000001", "平安银行", "深圳", "银行", "主板", "SZSE", "CNY", "L", "19910403", null, "S"],
                ["600005.SH", "600005", "武钢股份", "湖北", "普钢", "主板", "SSE", "CNY", "L", "19990803", null, "N"]
            ]),
        ),
        ("P", json!([])),
        // Delisted between the first call and this one.
        (
            "D",
            json!([
                [
                    "600005.SH",
                    "600005",
                    "武钢股份",
                    "湖北",
                    "普钢",
                    "主板",
                    "SSE",
                    "CNY",
                    "D",
                    "19990803",
                    "20170214",
                    "N"
                ],
                [
                    "T00018.SH",
                    "T00018",
                    "上港集箱",
                    "上海",
                    "港口",
                    null,
                    "SSE",
                    "CNY",
                    "D",
                    "20000719",
                    "20061020",
                    "N"
                ]
            ]),
        ),
    ];
    for (status, items) in lists {
        Mock::given(matchers::body_partial_json(json!({ "params": { "list_status": status } })))
            .respond_with(ResponseTemplate::new(200).set_body_json(answer(&fields, items)))
            .expect(1)
            .mount(&server)
            .await;
    }
    let fetched = client(config(&server.uri())).stock_basic().await.unwrap();
    let listed: Vec<_> = fetched.rows.iter().map(|row| (row.value.instrument.code.symbol(), row.page)).collect();
    assert_eq!(listed, [("000001", 0), ("600005", 2)]);
    assert_eq!(fetched.rejected[0].reason, "ts_code is not a code like 600519.SH");
    assert_eq!(fetched.rejected[0].page, 2);
}
