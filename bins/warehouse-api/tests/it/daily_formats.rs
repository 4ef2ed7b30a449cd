//! `/warehouse/daily` as CSV, Arrow and Parquet: the same numbers as in the JSON.

use std::io::Cursor;

use arrow_ipc::reader::StreamReader;
use reqwest::Response;
use warehouse_api::openapi::{CuratedBody, NormalizedBody};

use crate::{
    app::{TestApp, exact_column},
    market::day,
};

const RANGE: &str = "/warehouse/daily?code=600519.SH&start=2026-01-05&end=2026-04-30";

fn header(response: &Response, name: &str) -> String {
    response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

#[tokio::test]
async fn csv_has_the_rows_of_the_json() {
    let app = TestApp::start().await;
    let json = app.text(RANGE).await;
    let response = app.get(&format!("{RANGE}&format=csv")).await;
    assert_eq!(header(&response, "content-type"), "text/csv; charset=utf-8; header=present");
    assert_eq!(
        header(&response, "content-disposition"),
        r#"attachment; filename="600519.SH_curated_qfq_2026-01-05_2026-04-30.csv""#
    );
    let text = response.text().await.unwrap();
    let records: Vec<Vec<_>> = text.split_terminator("\r\n").map(|line| line.split(',').collect()).collect();
    let columns = ["code", "trade_date", "open", "high", "low", "close", "volume", "amount", "adj_factor", "source"];
    assert_eq!(records[0], columns);
    for (at, column) in columns.iter().enumerate().take(9).skip(2) {
        let numbers: Vec<f64> = records[1..].iter().map(|record| record[at].parse().unwrap()).collect();
        assert_eq!(numbers, exact_column(&json, column), "{column}");
    }
    let json: CuratedBody = serde_json::from_str(&json).unwrap();
    for (record, row) in records[1..].iter().zip(&json.rows) {
        assert_eq!((record[0], record[1], record[9]), ("600519.SH", row.trade_date.to_string().as_str(), "tushare"));
    }
}

#[tokio::test]
async fn files_say_in_headers_what_they_have_no_room_for() {
    let app = TestApp::start().await;
    let json: CuratedBody = app.json(RANGE).await;
    for format in ["csv", "arrow", "parquet"] {
        let response = app.get(&format!("{RANGE}&format={format}")).await;
        assert_eq!(serde_json::from_str::<Vec<_>>(&header(&response, "x-missing")).ok(), Some(json.missing.clone()));
        assert_eq!(header(&response, "x-missing-runs"), json.missing.len().to_string());
        assert_eq!(serde_json::from_str(&header(&response, "x-anchor")).ok(), Some(json.anchor.clone()));
    }
}

#[tokio::test]
async fn arrow_has_the_numbers_of_the_json() {
    let app = TestApp::start().await;
    let text = app.text(RANGE).await;
    let json: CuratedBody = serde_json::from_str(&text).unwrap();
    let response = app.get(&format!("{RANGE}&format=arrow")).await;
    assert_eq!(header(&response, "content-type"), "application/vnd.apache.arrow.stream");
    let bytes = response.bytes().await.unwrap();
    let batches: Vec<_> = StreamReader::try_new(Cursor::new(bytes), None).unwrap().map(Result::unwrap).collect();
    let [batch] = batches.as_slice() else { panic!("{} batches", batches.len()) };
    assert_eq!(batch.num_rows(), json.rows.len());
    let floats = |name: &str| batch.column_by_name(name).unwrap().to_data().buffer::<f64>(0).to_vec();
    for column in ["open", "high", "low", "close", "amount", "adj_factor"] {
        assert_eq!(floats(column), exact_column(&text, column), "{column}");
    }
    let volumes = batch.column_by_name("volume").unwrap().to_data().buffer::<i64>(0).to_vec();
    assert_eq!(volumes, json.rows.iter().map(|row| row.volume.unwrap()).collect::<Vec<_>>());
    let days = batch.column_by_name("trade_date").unwrap().to_data().buffer::<i32>(0).to_vec();
    let epoch = day("1970-01-01");
    assert_eq!(days, json.rows.iter().map(|row| (row.trade_date - epoch).num_days() as i32).collect::<Vec<_>>());
}

#[tokio::test]
async fn parquet_is_a_whole_parquet_file() {
    let app = TestApp::start().await;
    let response = app.get(&format!("{RANGE}&format=parquet")).await;
    assert_eq!(header(&response, "content-type"), "application/vnd.apache.parquet");
    assert!(header(&response, "content-disposition").ends_with(".parquet\""));
    let bytes = response.bytes().await.unwrap();
    assert_eq!((&bytes[..4], &bytes[bytes.len() - 4..]), (b"PAR1".as_slice(), b"PAR1".as_slice()));
    let footer = u32::from_le_bytes(bytes[bytes.len() - 8..][..4].try_into().unwrap()) as usize;
    assert!(footer + 12 < bytes.len(), "{footer} of {}", bytes.len());
}

#[tokio::test]
async fn every_layer_comes_in_every_format() {
    let app = TestApp::start().await;
    let json: NormalizedBody = app.json(&format!("{RANGE}&layer=normalized")).await;
    for layer in ["normalized", "raw"] {
        let csv = app.get(&format!("{RANGE}&layer={layer}&format=csv")).await.text().await.unwrap();
        assert_eq!(csv.matches("\r\n").count(), json.rows.len() + 1, "{layer}");
        let arrow = app.get(&format!("{RANGE}&layer={layer}&format=arrow")).await.bytes().await.unwrap();
        let rows: usize =
            StreamReader::try_new(Cursor::new(arrow), None).unwrap().map(|batch| batch.unwrap().num_rows()).sum();
        assert_eq!(rows, json.rows.len(), "{layer}");
        let parquet = app.get(&format!("{RANGE}&layer={layer}&format=parquet")).await.bytes().await.unwrap();
        assert_eq!(&parquet[..4], b"PAR1", "{layer}");
    }
}

#[tokio::test]
async fn a_file_without_rows_has_its_columns() {
    let app = TestApp::start().await;
    let path = "/warehouse/daily?code=300750.SZ&start=2025-11-03&end=2025-11-03";
    let csv = app.get(&format!("{path}&format=csv")).await.text().await.unwrap();
    assert_eq!(csv, "code,trade_date,open,high,low,close,volume,amount,adj_factor,source\r\n");
    let arrow = app.get(&format!("{path}&format=arrow")).await.bytes().await.unwrap();
    let reader = StreamReader::try_new(Cursor::new(arrow), None).unwrap();
    assert_eq!(reader.schema().fields().len(), 10);
    let parquet = app.get(&format!("{path}&format=parquet")).await;
    assert_eq!(parquet.status(), 200);
}
