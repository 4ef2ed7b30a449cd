//! A stored response, read again, says what it said when it came.

use market_model::DailyBar;
use source_tushare::{Fetched, RawPage, RejectedRow, Row, Stored, TushareError, decode};
use upstream_simulators::{Fault, Market, MarketSpec};

use crate::simulator::{Setup, setup, setup_with};

/// Every page of `live` read again, as one answer. `open` picks the rows of the interface.
fn read_again<T>(live: &Fetched<T>, open: impl Fn(Stored) -> Option<Fetched<T>>) -> (Vec<Row<T>>, Vec<RejectedRow>) {
    let (mut rows, mut rejected) = (Vec::new(), Vec::new());
    for (at, RawPage { dataset, request, body, .. }) in live.pages.iter().enumerate() {
        let stored = open(decode(dataset, request, body).expect("a good response")).expect("the rows of its interface");
        assert!(stored.pages.is_empty());
        rows.extend(stored.rows.into_iter().map(|row| Row { page: at, ..row }));
        rejected.extend(stored.rejected.into_iter().map(|row| RejectedRow { page: at, ..row }));
    }
    (rows, rejected)
}

macro_rules! assert_same {
    ($live:expr, $variant:path) => {{
        let live = $live.await.unwrap();
        assert!(!live.rows.is_empty(), "something must have come");
        let open = |stored| if let $variant(fetched) = stored { Some(fetched) } else { None };
        assert_eq!(read_again(&live, open), (live.rows, live.rejected));
    }};
}

#[tokio::test]
async fn every_interface_says_the_same_when_it_is_read_again() {
    let Setup { server: _server, client, market, last_day } =
        setup_with(Market::generate(&MarketSpec::small()), None).await;
    let (code, first_day) = (market.codes()[0], market.range().0);
    let period = market.reported_periods(&code, last_day).pop().unwrap();
    assert_same!(client.daily_market(last_day), Stored::Bars);
    assert_same!(client.daily_history(code, first_day, last_day), Stored::Bars);
    assert_same!(client.adj_factor(last_day), Stored::Factors);
    assert_same!(client.adj_factor_history(code, first_day, last_day), Stored::Factors);
    assert_same!(client.daily_basic(last_day), Stored::Basics);
    assert_same!(client.price_limits(last_day), Stored::Limits);
    assert_same!(client.trade_calendar(first_day, last_day), Stored::Calendar);
    assert_same!(client.stock_basic(), Stored::Listings);
    assert_same!(client.fina_indicator(code, period), Stored::Claims);
    assert_same!(client.income(code, period), Stored::Claims);
    assert_same!(client.fina_indicator_vip(period), Stored::Claims);
    assert_same!(client.income_vip(period), Stored::Claims);
    assert_same!(client.index_daily("000300.SH".parse().unwrap(), first_day, last_day), Stored::Bars);
    assert_same!(client.names(), Stored::Names);
    assert_same!(client.names_of(code), Stored::Names);
    // A rights issue alone is none of the vendor's dividends.
    let mut actions = market.codes().iter().flat_map(|code| market.actions(code));
    let paid = actions.find(|action| action.cash_per_10 > 0.0).unwrap();
    assert_same!(client.dividends_by_code(paid.code), Stored::Actions);
    assert_same!(client.dividends_by_ex_date(paid.ex_date), Stored::Actions);
    let halted = market.trading_days().iter().find(|day| !market.suspensions(**day).is_empty()).unwrap();
    assert_same!(client.suspensions(*halted), Stored::Suspensions);
}

#[tokio::test]
async fn a_row_that_was_refused_is_refused_again_with_its_place_and_reason() {
    let Setup { server, client, market, last_day } = setup().await;
    let bar = market.bars(&market.codes()[3]).pop().unwrap();
    server.faults().revise(DailyBar { volume: -100, ..bar });
    let live = client.daily_market(bar.trade_date).await.unwrap();
    assert_eq!(live.rejected.len(), 1, "{last_day}");
    let open = |stored| if let Stored::Bars(fetched) = stored { Some(fetched) } else { None };
    assert_eq!(read_again(&live, open), (live.rows, live.rejected));
}

#[tokio::test]
async fn what_can_not_be_used_is_said_to_be_so() {
    let Setup { server, client, last_day, .. } = setup().await;
    server.faults().always("daily", Fault::WrongUnit);
    let mut refused = client.daily_market(last_day).await.unwrap_err();
    let pages = refused.take_pages();
    let RawPage { dataset, request, body, .. } = &pages[0];
    assert!(matches!(decode(dataset, request, body), Err(TushareError::UnitMismatch { .. })));
    let renamed = String::from_utf8(body.clone()).unwrap().replace("\"close\"", "\"last\"");
    let Err(TushareError::ColumnsChanged { missing, .. }) = decode(dataset, request, renamed.as_bytes()) else {
        panic!("a column is missing");
    };
    assert_eq!(missing, ["close"]);
    for (dataset, request, body) in [
        ("weekly", request.as_str(), &body[..]),
        (dataset, "{}", body),
        (dataset, r#"{"params":{"trade_date":"yesterday"}}"#, body),
        (dataset, request, b"<html>"),
        (dataset, request, br#"{"code":40203,"msg":"no","data":null}"#),
    ] {
        assert!(
            matches!(decode(dataset, request, body), Err(TushareError::StoredResponse { .. })),
            "{dataset} {request}"
        );
    }
}
