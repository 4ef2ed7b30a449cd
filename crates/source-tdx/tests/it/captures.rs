//! Bytes of real servers, read and compared with what others read from them.

use market_model::{ChainBar, FactorChain};
use source_tdx::{
    decode_corporate_actions, decode_daily_bars,
    wire::{
        BarLayout, XdxrEvent, decode_bars, decode_count, decode_finance, decode_list, decode_minutes,
        decode_past_ticks, decode_quotes, decode_ticks, decode_xdxr,
    },
};

use crate::{
    encode,
    shared::{body, fixture, json},
};

#[test]
fn the_list_of_shanghai_in_2026() {
    let (Some(body), Some(json)) = (body("easy_tdx/security_list.hex"), json("easy_tdx/security_list.json")) else {
        return;
    };
    let list = decode_list(&body).unwrap();
    assert_eq!(list.len() as u64, json["num_records"].as_u64().unwrap());
    let first = &list[0];
    assert_eq!(std::str::from_utf8(&first.symbol).unwrap(), json["first"]["code"].as_str().unwrap());
    assert_eq!(first.name, json["first"]["name"].as_str().unwrap());
    assert_eq!(f64::from(first.pre_close), json["first"]["pre_close"].as_f64().unwrap());
    assert!(list.iter().all(|one| !one.name.is_empty() && one.name.chars().all(|c| c != '\u{fffd}')));
    assert!(list.iter().all(|one| one.symbol.iter().all(u8::is_ascii_digit)));
}

#[test]
fn count_bars_and_reports_of_2026() {
    let (Some(count), Some(bars)) = (body("easy_tdx/security_count.hex"), body("easy_tdx/security_bars.hex")) else {
        return;
    };
    assert_eq!(decode_count(&count).unwrap(), 26_885);
    let bars = decode_bars(&bars, BarLayout::Security).unwrap();
    assert_eq!(bars.len(), 5);
    let first = bars[0];
    assert_eq!((first.open, first.high, first.low, first.close), (10_250, 10_250, 10_080, 10_120));
    assert_eq!((first.volume, first.amount), (41_151_820.0, 417_211_968.0));

    let report = decode_finance(&body("easy_tdx/finance_info.hex").unwrap()).unwrap().unwrap();
    let json = json("easy_tdx/finance_info.json").unwrap();
    assert_eq!(f64::from(report.float_shares) * 1e4, json["liutong_guben"].as_f64().unwrap());
    assert_eq!(f64::from(report.figures[0]) * 1e4, json["zong_guben"].as_f64().unwrap());
    assert!((f64::from(report.figures[28]) - json["meigujing_zichan"].as_f64().unwrap()).abs() < 1e-9);
    assert_eq!((report.province, report.updated_date, report.figures[29]), (16, 20_260_331, 12.0));
}

#[test]
fn the_book_at_the_close_of_a_day() {
    let (Some(body), Some(json)) = (body("easy_tdx/security_quotes.hex"), json("easy_tdx/security_quotes.json")) else {
        return;
    };
    let quotes = decode_quotes(&body).unwrap();
    assert_eq!(quotes.len(), 1);
    assert_eq!(quotes[0].last_close as f64 / 100.0, json["first"]["pre_close"].as_f64().unwrap());
    assert_eq!((quotes[0].price, quotes[0].levels[0].bid, quotes[0].levels[0].ask), (989, 989, 990));
}

#[test]
fn the_minutes_of_a_past_day_fill_the_body() {
    let (Some(body), Some(json)) =
        (body("easy_tdx/history_minute_time.hex"), json("easy_tdx/history_minute_time.json"))
    else {
        return;
    };
    let minutes = decode_minutes(&body, true).unwrap();
    assert_eq!(minutes.len(), 240);
    assert_eq!(minutes[0].price as f64 / 100.0, json["first"]["price"].as_f64().unwrap());
    assert_eq!(minutes[0].volume, json["first"]["vol"].as_i64().unwrap());
}

#[test]
fn the_minutes_of_today_stand_behind_a_quote_and_add_up_to_it() {
    let (Some(minutes), Some(quote)) = (body("easy_tdx/minute_time.hex"), body("easy_tdx/security_quotes.hex")) else {
        return;
    };
    // The JSON beside it takes the quote for the first minutes (a price of 0.01 yuan). Read behind the quote, they end at
    // the last price, and their volumes and amounts are those of the day.
    let minutes = decode_minutes(&minutes, false).unwrap();
    let quote = decode_quotes(&quote).unwrap()[0];
    assert_eq!(minutes.len(), 240);
    assert_eq!(minutes[239].price, quote.price);
    let volume: i64 = minutes.iter().map(|minute| minute.volume).sum();
    assert!((volume - quote.volume).abs() <= 1, "{volume} {}", quote.volume);
    let amount: i64 = minutes.iter().map(|minute| minute.volume * minute.price).sum();
    assert!((amount as f64 / f64::from(quote.amount) - 1.0).abs() < 1e-3, "{amount} {}", quote.amount);
    assert!(minutes.iter().all(|minute| (quote.low..=quote.high).contains(&minute.price)));
}

#[test]
fn the_last_trades_of_today_and_of_a_past_day() {
    for (name, past) in [("transaction", false), ("history_transaction", true)] {
        let (Some(body), Some(json)) = (body(&format!("easy_tdx/{name}.hex")), json(&format!("easy_tdx/{name}.json")))
        else {
            return;
        };
        let ticks = if past { decode_past_ticks(&body) } else { decode_ticks(&body) }.unwrap();
        assert_eq!(ticks.len() as u64, json["num_records"].as_u64().unwrap(), "{name}");
        let first = &json["first"];
        assert_eq!(u64::from(ticks[0].minute / 60), first["hour"].as_u64().unwrap());
        assert_eq!(u64::from(ticks[0].minute % 60), first["minute"].as_u64().unwrap());
        assert_eq!(ticks[0].price as f64 / 100.0, first["price"].as_f64().unwrap());
        assert_eq!(ticks[0].volume, first["vol"].as_i64().unwrap());
    }
}

#[test]
fn the_whole_capital_history_of_600000() {
    let (Some(body), Some(json)) = (body("easy_tdx/xdxr_info.hex"), json("easy_tdx/xdxr_info.json")) else { return };
    let records = decode_xdxr(&body).unwrap();
    assert_eq!(records.len() as u64, json["num_records"].as_u64().unwrap());
    assert_eq!((records[0].date, records[0].category), (19_991_110, 5));
    assert!(records.iter().all(|record| record.day().is_some() && record.symbol == *b"600000"));
    assert!(records.iter().all(|record| !matches!(record.event(), XdxrEvent::Unknown(_))));
}

#[test]
fn the_actions_of_000001_agree_with_the_csv_beside_the_capture() {
    let (Some(body), Some(csv)) = (body("eltdx/gbbq_sz000001.hex"), fixture("eltdx/gbbq_sz000001.csv")) else { return };
    let code = "000001.SZ".parse().unwrap();
    let actions = decode_corporate_actions(&code, &encode::frame(1, 0x000f, &body, true)).unwrap();
    let rows: Vec<Vec<&str>> =
        csv.lines().skip(1).map(|line| line.split(',').collect()).filter(|row: &Vec<&str>| row[3] == "1").collect();
    assert_eq!(actions.len(), rows.len());
    for (action, row) in actions.iter().zip(rows) {
        let date = format!("{}-{:0>2}-{:0>2}", row[0], row[1], row[2]);
        assert_eq!(action.ex_date.to_string(), date);
        let ours = [action.cash_per_10, action.rights_price, action.bonus_per_10, action.rights_per_10];
        for (value, text) in ours.into_iter().zip(&row[5..9]) {
            // The CSV has the float; ours is the decimal that it stands for.
            assert_eq!(value as f32, text.parse::<f32>().unwrap(), "{date}");
            assert!(value.to_string().len() <= 8, "{value} is what a person wrote");
        }
    }
}

#[test]
fn the_newer_capture_tells_the_same_events_as_the_older_file() {
    let (Some(body), Some(csv)) = (body("eltdx/gbbq_sz000001.hex"), fixture("rustdx/gbbq_selected.csv")) else {
        return;
    };
    let code = "000001.SZ".parse().unwrap();
    let actions = decode_corporate_actions(&code, &encode::frame(1, 0x000f, &body, false)).unwrap();
    let mut compared = 0;
    for row in csv.lines().map(|line| line.split(',').collect::<Vec<_>>()) {
        if row[1] == "000001" && row[3] == "1" {
            let action = actions.iter().find(|action| action.ex_date.format("%Y%m%d").to_string() == row[2]).unwrap();
            let ours = [action.cash_per_10, action.rights_price, action.bonus_per_10, action.rights_per_10];
            let theirs: Vec<f64> = row[4..8].iter().map(|text| text.parse().unwrap()).collect();
            for (ours, theirs) in ours.into_iter().zip(theirs) {
                assert!((ours - theirs).abs() < 1e-6, "{}: {ours} {theirs}", row[2]);
            }
            compared += 1;
        }
    }
    assert_eq!(compared, 25);
}

/// 7,226 bars of 000001 as the file has them and as they are on the wire.
struct ThirtyYears {
    rows: Vec<Vec<f64>>,
    bars: Vec<encode::Bar>,
    /// Pages of 800, newest first, as a client asks for them.
    frames: Vec<Vec<u8>>,
}

fn thirty_years() -> Option<ThirtyYears> {
    let csv = fixture("rustdx/sz000001.day.csv")?;
    let rows: Vec<Vec<f64>> =
        csv.lines().skip(1).map(|line| line.split(',').map(|field| field.parse().unwrap()).collect()).collect();
    let milli = |yuan: f64| (yuan * 1000.0).round() as i64;
    let bars: Vec<encode::Bar> = rows
        .iter()
        .map(|row| encode::Bar {
            date: row[0] as u32,
            open: milli(row[1]),
            high: milli(row[2]),
            low: milli(row[3]),
            close: milli(row[4]),
            // Lots on the wire, where the file has shares.
            volume: (row[5] / 100.0).round() as f32,
            amount: row[6] as f32,
        })
        .collect();
    let frames = bars.rchunks(800).map(|page| encode::frame(1, 0x052d, &encode::bars_body(page, None), true)).collect();
    Some(ThirtyYears { rows, bars, frames })
}

#[test]
fn thirty_years_of_000001_go_through_the_wire_unharmed() {
    let Some(ThirtyYears { rows, bars, frames }) = thirty_years() else { return };
    assert_eq!(rows.len(), 7226);
    let code = "000001.SZ".parse().unwrap();
    let (history, places) = decode_daily_bars(&code, &frames, "2021-08-20".parse().unwrap()).unwrap();
    assert_eq!(history.len(), rows.len());
    for ((bar, row), place) in history.iter().zip(&rows).zip(&places) {
        assert_eq!(bar.trade_date.format("%Y%m%d").to_string(), format!("{}", row[0]));
        assert_eq!([bar.open, bar.high, bar.low, bar.close], row[1..5]);
        assert!((bar.volume as f64 - row[5]).abs() <= 50.0 + 1e-6 * row[5], "{}", bar.trade_date);
        assert_eq!(bar.amount, Some(row[6]));
        let page = bars.rchunks(800).nth(place.0 as usize).unwrap();
        assert_eq!(f64::from(page[place.1 as usize].date), row[0], "the place is the record's");
    }
    let (earlier, _) = decode_daily_bars(&code, &frames, "2021-08-19".parse().unwrap()).unwrap();
    assert_eq!(earlier.len(), rows.len() - 1, "the live bar is left out");
}

#[test]
fn bars_and_actions_off_the_wire_have_the_factor_of_the_exchange_formula() {
    let (Some(ThirtyYears { frames, .. }), Some(body)) = (thirty_years(), body("eltdx/gbbq_sz000001.hex")) else {
        return;
    };
    let code = "000001.SZ".parse().unwrap();
    let (bars, _) = decode_daily_bars(&code, &frames, "2021-08-20".parse().unwrap()).unwrap();
    let actions = decode_corporate_actions(&code, &encode::frame(1, 0x000f, &body, true)).unwrap();
    let bars: Vec<_> = bars
        .iter()
        .map(|bar| ChainBar { date: bar.trade_date, close: bar.close, pre_close: None, vendor_factor: None })
        .collect();
    // Events after the last bar, up to 2025, are in the capture and must not count.
    let chain = FactorChain::from_actions(&bars, &actions, None).unwrap();
    let factor = chain.factor_on("2018-07-12".parse().unwrap()).unwrap();
    assert!((factor - 252.3810).abs() < 5e-5, "{factor}");
}
