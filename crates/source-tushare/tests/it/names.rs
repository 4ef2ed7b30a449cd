//! Names over time, from the simulated vendor with its repetitions.

use market_model::InstrumentName;
use source_tushare::TushareError;
use upstream_simulators::{
    Fault,
    tushare::{CellDamage, Damage},
};

use crate::simulator::{Setup, setup, sorted};

fn of(names: Vec<source_tushare::Row<InstrumentName>>) -> Vec<InstrumentName> {
    sorted(names, |name| (name.code, name.from))
}

#[tokio::test]
async fn every_name_of_the_market_arrives_once_with_its_days_over_many_pages() {
    let Setup { server, client, market, .. } = setup().await;
    let expected: Vec<InstrumentName> = market.codes().iter().flat_map(|code| market.names(code)).collect();
    assert!(expected.iter().any(|name| name.special_treatment && name.until.is_some()), "one that left");
    let names = client.names().await.unwrap();
    assert!(names.rejected.is_empty() && names.pages.len() > 3, "{} pages", names.pages.len());
    assert_eq!(of(names.rows), expected);
    for fault in [Fault::DuplicateRows, Fault::NoHasMore, Fault::ExtraColumn("x".to_owned())] {
        server.faults().always("namechange", fault.clone());
        assert_eq!(of(client.names().await.unwrap().rows), expected, "{fault:?}");
        server.faults().clear();
    }
}

#[tokio::test]
async fn one_codes_names_are_those_of_the_market() {
    let Setup { server: _server, client, market, .. } = setup().await;
    let code = *market.codes().iter().find(|code| market.names(code).len() > 1).unwrap();
    assert_eq!(of(client.names_of(code).await.unwrap().rows), market.names(&code));
}

#[tokio::test]
async fn a_name_without_its_first_day_is_refused_and_a_missing_column_refuses_all() {
    let Setup { server, client, market, .. } = setup().await;
    let code = market.codes()[0];
    let damage = CellDamage { code, date: None, column: "start_date".to_owned(), to: Damage::Value("soon".into()) };
    server.faults().damage("namechange", damage);
    let names = client.names().await.unwrap();
    assert!(names.rows.iter().all(|row| row.value.code != code));
    assert!(!names.rejected.is_empty());
    assert!(names.rejected.iter().all(|row| row.reason == "start_date is not a date YYYYMMDD"), "{:?}", names.rejected);
    server.faults().always("namechange", Fault::DropColumn("end_date".to_owned()));
    let refused = client.names().await.unwrap_err();
    assert!(
        matches!(refused, TushareError::ColumnsChanged { ref missing, .. } if missing == &["end_date"]),
        "{refused}"
    );
}
