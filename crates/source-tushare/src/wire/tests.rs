use super::*;
use crate::Api;

fn read_adj_factor(body: &str) -> Result<Answer, String> {
    read(Api::AdjFactor.endpoint(), body.as_bytes())
}

fn table_of(body: &str) -> Table {
    match read_adj_factor(body).unwrap() {
        Answer::Data(table) => table,
        Answer::Refused { .. } => panic!("refused"),
    }
}

fn texts(table: &Table) -> Vec<Vec<&str>> {
    table.rows.iter().flatten().map(|cells| cells.iter().map(Cell::as_str).collect()).collect()
}

#[test]
fn columns_are_mapped_by_the_names_in_the_answer_not_by_the_order_of_the_request() {
    let table = table_of(
        r#"{"request_id":"5280bfe9","code":0,"data":{"fields":["adj_factor","extra","trade_date","ts_code"],
            "items":[[108.031,"x","20180718","000001.SZ"]],"has_more":false,"count":0},"msg":"","detail":"..."}"#,
    );
    assert_eq!(Api::AdjFactor.endpoint().fields, ["ts_code", "trade_date", "adj_factor"]);
    assert_eq!(texts(&table), [["000001.SZ", "20180718", "108.031"]]);
    assert!(!table.has_more);
}

#[test]
fn optional_parts_of_the_envelope_may_be_null_or_absent() {
    for envelope in [
        r#"{"code":0,"msg":null,"data":DATA}"#,
        r#"{"code":0,"data":DATA}"#,
        r#"{"code":"0","data":DATA,"detail":null}"#,
        "\u{feff}{\"code\":0,\"data\":DATA}",
    ] {
        let data = r#"{"fields":["ts_code","trade_date","adj_factor"],"items":[["000001.SZ","20180718",null]]}"#;
        let table = table_of(&envelope.replace("DATA", data));
        assert_eq!(texts(&table), [["000001.SZ", "20180718", "null"]], "{envelope}");
        assert!(!table.has_more);
    }
}

#[test]
fn a_refusal_keeps_its_code_and_text() {
    let body = r#"{"request_id":"378fa30b-","code":40203,"data":null,"msg":"抱歉，您没有接口(fund_daily)访问权限，权限的具体详情访问：https://tushare.pro/document/1?doc_id=108。","detail":""}"#;
    let Ok(Answer::Refused { code, message }) = read_adj_factor(body) else { panic!("not refused") };
    assert_eq!(code, 40203);
    assert!(message.starts_with("抱歉，您没有接口(fund_daily)访问权限"));
    let Ok(Answer::Refused { message, .. }) = read_adj_factor(r#"{"code":40101,"msg":null}"#) else { panic!() };
    assert_eq!(message, "");
}

#[test]
fn missing_columns_are_all_named_and_no_row_is_read() {
    let table = table_of(r#"{"code":0,"data":{"fields":["code","trade_date"],"items":[["000001.SZ","20180718"]]}}"#);
    assert_eq!(table.missing, ["ts_code", "adj_factor"]);
    assert_eq!((table.rows.len(), table.items), (0, 1));
}

#[test]
fn an_empty_answer_may_leave_out_its_columns() {
    let table = table_of(r#"{"code":0,"data":{"fields":[],"items":[],"has_more":false}}"#);
    assert!(table.missing.is_empty() && table.rows.is_empty());
    let changed = table_of(r#"{"code":0,"data":{"fields":["code"],"items":[]}}"#);
    assert_eq!(changed.missing.len(), 3);
}

#[test]
fn an_item_that_is_not_a_row_spoils_only_itself() {
    let table = table_of(
        r#"{"code":0,"data":{"fields":["ts_code","trade_date","adj_factor"],
            "items":[["000001.SZ","20180718"],{"ts_code":"000001.SZ"},["000002.SZ","20180718",1.0]],"has_more":true}}"#,
    );
    assert_eq!(table.items, 3);
    assert_eq!(texts(&table), [["000002.SZ", "20180718", "1.0"]]);
    let reasons: Vec<&str> =
        table.rows.iter().filter_map(|row| row.as_ref().err()).map(|m| m.reason.as_str()).collect();
    assert_eq!(reasons, ["the row has 2 cells for 3 columns", "the item is not an array"]);
    assert!(table.has_more);
}

#[test]
fn bodies_that_are_no_answer_say_what_they_are() {
    let cases = [
        ("<html><head><title>502 Bad Gateway</title></head></html>", "HTML"),
        (r#"{"code":0,"data":{"fields":["ts_code"],"items":[["0000"#, "cut off"),
        ("", "cut off"),
        (r#"{"detail":"not found"}"#, "missing field `code`"),
        (r#"{"code":0,"data":null}"#, "no data"),
        (r#"{"code":"what","data":null}"#, "code is"),
        ("[1,2]", "not a JSON object"),
    ];
    for (body, expected) in cases {
        let detail = read_adj_factor(body).unwrap_err();
        assert!(detail.contains(expected), "{body}: {detail}");
    }
    assert!(read(Api::Daily.endpoint(), &[0xff, 0xfe, b'{']).unwrap_err().contains("UTF-8"));
}
