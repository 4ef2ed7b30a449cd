//! Every request of the recorded samples byte for byte, and every answer as the reference client read it.

use std::collections::BTreeMap;

use serde_json::Value;
use source_tdx::{
    Category, Market, XdxrEvent,
    wire::{
        self, BarLayout, Request, WireError, bars_request, decode_bars, decode_count, decode_finance, decode_list,
        decode_minutes, decode_past_ticks, decode_quotes, decode_ticks, decode_xdxr, open_frame, varint,
    },
};

use crate::shared::{bytes, list, samples};

fn requests() -> BTreeMap<&'static str, Request> {
    use Market::{Shanghai, Shenzhen};
    let [setup1, setup2, setup3] = wire::hello_requests();
    let moutai = *b"600519";
    let day = |start, count| bars_request(Shanghai, moutai, Category::Day, start, count);
    BTreeMap::from([
        ("setup1", setup1),
        ("setup2", setup2),
        ("setup3", setup3),
        ("security_count_sh", wire::count_request(Shanghai)),
        ("security_count_sz", wire::count_request(Shenzhen)),
        ("security_list", wire::list_request(Shanghai, 0)),
        ("bars_daily_cat9", day(0, 10)),
        ("bars_daily_cat9_page2", day(2, 2)),
        ("bars_daily_cat4", bars_request(Shanghai, moutai, Category::DayInShares, 0, 10)),
        ("bars_5min_cat0", bars_request(Shanghai, moutai, Category::Minute5, 0, 800)),
        ("index_bars_cat9", bars_request(Shanghai, *b"000016", Category::Day, 0, 5)),
        ("bars_suspended_day", bars_request(Shenzhen, *b"000002", Category::Day, 0, 5)),
        ("xdxr", wire::xdxr_request(Shanghai, moutai)),
        ("xdxr_rights_issue", wire::xdxr_request(Shenzhen, *b"000001")),
        ("xdxr_empty", wire::xdxr_request(Shenzhen, *b"000002")),
        ("finance", wire::finance_request(Shanghai, moutai)),
        ("quotes", wire::quotes_request(&[(Shanghai, moutai), (Shenzhen, *b"000001")])),
        ("minute", wire::minute_request(Shanghai, moutai)),
        ("history_minute", wire::past_minute_request(Shanghai, moutai, 20_190_628)),
        ("transactions", wire::ticks_request(Shanghai, moutai, 0, 30)),
        ("history_transactions", wire::past_ticks_request(Shanghai, moutai, 20_190_628, 0, 30)),
        ("bars_truncated_body", bars_request(Shanghai, *b"999999", Category::Day, 0, 800)),
    ])
}

#[test]
fn every_request_is_produced_byte_for_byte() {
    let Some(samples) = samples() else { return };
    let mut ours = requests();
    let recorded = list(&samples, "requests");
    assert_eq!(recorded.len(), 22);
    for sample in recorded {
        let name = sample["name"].as_str().unwrap();
        let request = ours.remove(name).unwrap_or_else(|| panic!("{name} is not covered"));
        assert_eq!(hex::encode(request.encode()), sample["hex"].as_str().unwrap(), "{name}");
    }
    assert!(ours.is_empty());
}

#[test]
fn the_request_of_a_real_capture_is_produced_byte_for_byte() {
    let Some(samples) = samples() else { return };
    let capture = &list(&samples, "real_captures")[0];
    let request = bars_request(Market::Shenzhen, *b"000001", Category::Day, 0, 10);
    assert_eq!(request.encode(), bytes(capture, "request_hex"));
}

#[test]
fn every_answer_opens_echoes_its_request_and_reads_as_the_reference_client_read_it() {
    let Some(samples) = samples() else { return };
    let requests = requests();
    let exchanges = list(&samples, "exchanges");
    assert_eq!(exchanges.len(), 22);
    for exchange in exchanges {
        let name = exchange["name"].as_str().unwrap();
        let request = &requests[name];
        assert_eq!(request.encode(), bytes(exchange, "request_hex"), "{name}");
        let frame = bytes(exchange, "response_hex");
        let (head, body) = open_frame(&frame).unwrap();
        assert_eq!(head.answers(request.method, request.sequence), Ok(()), "{name}");
        assert_eq!(*body, bytes(exchange, "body_hex"), "{name}");
        assert_eq!(head.wire_len != head.body_len, exchange["compressed"].as_bool().unwrap(), "{name}");
        check(name, &body, &exchange["decoded_by_pytdx"]);
    }
}

#[test]
fn every_real_capture_reads_as_the_reference_client_read_it() {
    let Some(samples) = samples() else { return };
    let captures = list(&samples, "real_captures");
    assert_eq!(captures.len(), 8);
    for capture in captures {
        check(capture["name"].as_str().unwrap(), &bytes(capture, "body_hex"), &capture["decoded_by_pytdx"]);
    }
}

#[test]
fn numbers_read_as_recorded() {
    let Some(samples) = samples() else { return };
    for vector in list(&samples, "varint_vectors") {
        let bytes = bytes(vector, "hex");
        assert_eq!(varint(&bytes), Some((vector["value"].as_i64().unwrap(), bytes.len())), "{vector}");
    }
    for vector in list(&samples, "float_vectors") {
        let bits: [u8; 4] = bytes(vector, "bytes_hex").try_into().unwrap();
        assert_eq!(f64::from(f32::from_le_bytes(bits)), vector["f32"].as_f64().unwrap(), "{vector}");
    }
}

/// Compares our reading of a body with the reference client's.
fn check(name: &str, body: &[u8], expected: &Value) {
    match name {
        "setup1" | "setup2" => assert_eq!(wire::decode_hello(body).unwrap().name, "武汉电信主站1"),
        "setup3" => assert!(matches!(wire::decode_hello(body), Err(WireError::Truncated { .. }))),
        _ if name.contains("security_count") => {
            assert_eq!(u64::from(decode_count(body).unwrap()), expected.as_u64().unwrap(), "{name}");
        }
        "security_list" => securities(body, expected),
        "bars_truncated_body" => {
            let truncated = decode_bars(body, BarLayout::Security);
            assert_eq!(truncated, Err(WireError::Truncated { what: "the declared bars", at: 2, len: 2 }));
        }
        "bars_5min_cat0" => bars(name, body, expected, Category::Minute5, BarLayout::Security),
        "index_bars_cat9" => bars(name, body, expected, Category::Day, BarLayout::Index),
        _ if name.contains("bars") => bars(name, body, expected, Category::Day, BarLayout::Security),
        _ if name.contains("xdxr") => xdxr(name, body, expected),
        _ if name.contains("finance") => finance(name, body, expected),
        _ if name.contains("quotes") => quotes(name, body, expected),
        "minute" | "history_minute" => minutes(body, name == "history_minute", expected),
        "transactions" | "history_transactions" => ticks(body, name == "history_transactions", expected),
        _ => panic!("{name} is not covered"),
    }
}

#[track_caller]
fn close(ours: f64, expected: &Value) {
    let expected = expected.as_f64().unwrap_or(0.0);
    assert!((ours - expected).abs() <= 1e-9 * expected.abs() + 1e-9, "{ours} instead of {expected}");
}

fn securities(body: &[u8], expected: &Value) {
    let ours = decode_list(body).unwrap();
    let expected = expected.as_array().unwrap();
    assert_eq!(ours.len(), expected.len());
    for (ours, expected) in ours.iter().zip(expected) {
        assert_eq!(std::str::from_utf8(&ours.symbol).unwrap(), expected["code"].as_str().unwrap());
        assert_eq!(ours.name, expected["name"].as_str().unwrap());
        assert_eq!(u64::from(ours.volume_unit), expected["volunit"].as_u64().unwrap());
        assert_eq!(u64::from(ours.decimals), expected["decimal_point"].as_u64().unwrap());
    }
    // The reference client reads small floats wrongly: 936.055 for 11.68. So only those above 128 can agree.
    assert_eq!(ours[0].pre_close, 984.0);
    assert_eq!(ours[1].pre_close, 11.68);
    close(f64::from(ours[4].pre_close), &expected[4]["pre_close"]);
}

fn bars(name: &str, body: &[u8], expected: &Value, category: Category, layout: BarLayout) {
    let ours = decode_bars(body, layout).unwrap();
    let expected = expected.as_array().unwrap();
    // The list of a real capture may hold its first rows only.
    assert!(ours.len() == expected.len() || (name.starts_with("easy") || name.contains("000001")), "{name}");
    for (ours, expected) in ours.iter().zip(expected) {
        let time = category.time_of(ours.stamp).unwrap().format("%Y-%m-%d %H:%M").to_string();
        assert_eq!(time, expected["datetime"].as_str().unwrap(), "{name}");
        for (price, column) in [(ours.open, "open"), (ours.close, "close"), (ours.high, "high"), (ours.low, "low")] {
            close(f64::from(price) / 1000.0, &expected[column]);
        }
        close(f64::from(ours.volume), &expected["vol"]);
        close(f64::from(ours.amount), &expected["amount"]);
        if layout == BarLayout::Index {
            assert_eq!(u64::from(ours.advancing), expected["up_count"].as_u64().unwrap());
            assert_eq!(u64::from(ours.declining), expected["down_count"].as_u64().unwrap());
        }
    }
}

fn xdxr(name: &str, body: &[u8], expected: &Value) {
    let ours = decode_xdxr(body).unwrap();
    let expected = expected.as_array().unwrap();
    assert!(ours.len() == expected.len() || name.starts_with("easy"), "{name}");
    for (ours, expected) in ours.iter().zip(expected) {
        let part = |key: &str| expected[key].as_u64().unwrap() as u32;
        assert_eq!(ours.date, part("year") * 10_000 + part("month") * 100 + part("day"));
        assert_eq!(u32::from(ours.category), part("category"));
        let figures = match ours.event() {
            XdxrEvent::ExRight { cash_per_10, rights_price, bonus_per_10, rights_per_10 } => vec![
                ("fenhong", cash_per_10),
                ("peigujia", rights_price),
                ("songzhuangu", bonus_per_10),
                ("peigu", rights_per_10),
            ],
            XdxrEvent::Conversion { ratio } => vec![("suogu", ratio)],
            XdxrEvent::Warrant { exercise_price, shares } => vec![("xingquanjia", exercise_price), ("fenshu", shares)],
            XdxrEvent::Capital { float_before, total_before, float_after, total_after } => vec![
                ("panqianliutong", float_before),
                ("qianzongguben", total_before),
                ("panhouliutong", float_after),
                ("houzongguben", total_after),
            ],
            XdxrEvent::Unknown(_) => panic!("category {}", ours.category),
        };
        for (key, value) in figures {
            // The reference client's own float is off by up to 1e-2 of small share counts.
            let expected = expected[key].as_f64().unwrap();
            assert!((f64::from(value) - expected).abs() <= 1e-6 * expected.abs(), "{name} {}: {key}", ours.date);
        }
    }
}

fn finance(name: &str, body: &[u8], expected: &Value) {
    let ours = decode_finance(body).unwrap().unwrap();
    close(f64::from(ours.float_shares) * 1e4, &expected["liutongguben"]);
    close(f64::from(ours.figures[0]) * 1e4, &expected["zongguben"]);
    // Money is in thousands; the reference client takes it for ten thousands.
    close(f64::from(ours.figures[7]) * 1e4, &expected["zongzichan"]);
    close(f64::from(ours.figures[26]) * 1e4, &expected["jinglirun"]);
    close(f64::from(ours.figures[11]), &expected["gudongrenshu"]);
    close(f64::from(ours.figures[28]), &expected["meigujingzichan"]);
    close(f64::from(ours.figures[29]), &expected["baoliu2"]);
    for (date, key) in [(ours.updated_date, "updated_date"), (ours.ipo_date, "ipo_date")] {
        assert_eq!(u64::from(date), expected[key].as_u64().unwrap(), "{name}");
    }
}

fn quotes(name: &str, body: &[u8], expected: &Value) {
    let ours = decode_quotes(body).unwrap();
    let expected = expected.as_array().unwrap();
    assert_eq!(ours.len(), expected.len(), "{name}");
    for (ours, expected) in ours.iter().zip(expected) {
        assert_eq!(std::str::from_utf8(&ours.symbol).unwrap(), expected["code"].as_str().unwrap());
        let prices = [
            (ours.price, "price"),
            (ours.last_close, "last_close"),
            (ours.open, "open"),
            (ours.high, "high"),
            (ours.low, "low"),
        ];
        for (price, key) in prices {
            close(price as f64 / 100.0, &expected[key]);
        }
        let counts = [
            (ours.volume, "vol".to_owned()),
            (ours.current_volume, "cur_vol".to_owned()),
            (ours.sell_volume, "s_vol".to_owned()),
            (ours.buy_volume, "b_vol".to_owned()),
            (ours.server_time, "reversed_bytes0".to_owned()),
        ];
        let levels = ours.levels.iter().zip(1..).flat_map(|(level, n)| {
            [(level.bid_volume, format!("bid_vol{n}")), (level.ask_volume, format!("ask_vol{n}"))]
        });
        for (count, key) in counts.into_iter().chain(levels) {
            assert_eq!(count, expected[&key].as_i64().unwrap(), "{name}: {key}");
        }
        for (level, n) in ours.levels.iter().zip(1..) {
            close(level.bid as f64 / 100.0, &expected[format!("bid{n}")]);
            close(level.ask as f64 / 100.0, &expected[format!("ask{n}")]);
        }
        close(f64::from(ours.amount), &expected["amount"]);
    }
}

fn minutes(body: &[u8], past: bool, expected: &Value) {
    let ours = decode_minutes(body, past).unwrap();
    let expected = expected.as_array().unwrap();
    assert_eq!(ours.len(), expected.len());
    for (ours, expected) in ours.iter().zip(expected) {
        close(ours.price as f64 / 100.0, &expected["price"]);
        assert_eq!(ours.volume, expected["vol"].as_i64().unwrap());
    }
}

fn ticks(body: &[u8], past: bool, expected: &Value) {
    let ours = if past { decode_past_ticks(body) } else { decode_ticks(body) }.unwrap();
    let expected = expected.as_array().unwrap();
    assert_eq!(ours.len(), expected.len());
    for (ours, expected) in ours.iter().zip(expected) {
        let time = format!("{:02}:{:02}", ours.minute / 60, ours.minute % 60);
        assert_eq!(time, expected["time"].as_str().unwrap());
        close(ours.price as f64 / 100.0, &expected["price"]);
        assert_eq!(ours.volume, expected["vol"].as_i64().unwrap());
        assert_eq!(ours.side, expected["buyorsell"].as_i64().unwrap());
        assert_eq!(ours.orders, expected["num"].as_i64());
    }
}
