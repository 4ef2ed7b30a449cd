//! The simulated TDX server, read by the unmodified pytdx client of the outside world, says what our own client says.
//!
//! The first run installs pytdx into a virtual environment in the target folder and later ones use it again. Without
//! python3, or without a way to the package, the test says that it skips; in CI it fails.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{process::Command, sync::Arc, time::Duration};

use chrono::NaiveDate;
use market_model::{Code, vendor_code};
use serde_json::Value;
use source_tdx::{Category, Client, ClientConfig, XdxrEvent, wire};
use system_tests::{interop_script, python_with, run};
use upstream_simulators::{Market, MarketSpec, SimClock, TdxOptions, TdxServer};

const PYTDX: &str = "pytdx==1.72";
const READ_BOUND: Duration = Duration::from_secs(120);
/// As in the script.
const PAGE: u16 = 800;
const MOST_PAGES: u16 = 3;

/// What pytdx understands of the server; `None` where it cannot be had, which only CI minds.
async fn told_by_pytdx(server: &TdxServer) -> Option<Value> {
    let mut client = Command::new(python_with(PYTDX).await?);
    client.arg(interop_script("pytdx_client.py"));
    client.args([server.address().ip().to_string(), server.address().port().to_string()]);
    let answer = run(client, READ_BOUND).await;
    assert_eq!(answer.code, Some(0), "{}", answer.stderr);
    Some(serde_json::from_str(&answer.stdout).unwrap())
}

/// What pytdx takes a float for. It puts the number together from its bytes, and of those below 128 it scales the first
/// byte of the fraction by the reciprocal of what it should be.
fn as_pytdx_takes(value: f32) -> f64 {
    let bits = value.to_bits();
    if bits == 0 {
        return 2f64.powi(-127);
    }
    let exponent = 2 * (bits >> 24) as i32 - 134;
    let fraction = f64::from(bits >> 16 & 0xff);
    if exponent >= 0 || fraction > 128.0 {
        return f64::from(value);
    }
    let right = 2f64.powi(exponent) * fraction;
    f64::from(value) - right + 2f64.powi(-exponent) * fraction
}

fn number(row: &Value, name: &str) -> f64 {
    row[name].as_f64().unwrap_or_else(|| panic!("{name} in {row}"))
}

fn day(row: &Value) -> NaiveDate {
    let part = |name| row[name].as_i64().unwrap();
    NaiveDate::from_ymd_opt(part("year") as i32, part("month") as u32, part("day") as u32).unwrap()
}

/// `1:600519`.
fn code(name: &str) -> Code {
    let (market, digits) = name.split_once(':').unwrap();
    vendor_code::tdx::parse(market.parse().unwrap(), digits.as_bytes()).unwrap()
}

fn is_index(code: &Code) -> bool {
    market_model::InstrumentKind::of_code(code) == Some(market_model::InstrumentKind::Index)
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

/// Shares per unit of volume in a category.
fn unit(category: Category, code: &Code) -> f64 {
    let lots = match category {
        Category::Day | Category::Week | Category::Month | Category::Quarter | Category::Year => 100.0,
        _ => 1.0,
    };
    if is_index(code) { lots * 100.0 } else { lots }
}

/// The newest pages of a category by our client, as many as the script reads, ascending.
async fn our_bars(client: &Client, code: &Code, category: Category) -> Vec<source_tdx::Bar> {
    let mut all = Vec::new();
    for page in 0..MOST_PAGES {
        let page = client.bars(code, category, page * PAGE, PAGE).await.unwrap();
        assert!(page.rejected.is_empty(), "{:?}", page.rejected);
        let rows = page.rows.len();
        all.splice(0..0, page.rows.into_iter().map(|row| row.value));
        if rows < usize::from(PAGE) {
            break;
        }
    }
    all
}

fn assert_same_bars(code: &Code, category: Category, ours: &[source_tdx::Bar], theirs: &[Value]) {
    assert_eq!(ours.len(), theirs.len(), "{code} {category:?}");
    for (ours, theirs) in ours.iter().zip(theirs) {
        let context = format!("{code} {category:?} {ours:?} {theirs}");
        assert_eq!(ours.datetime.format("%Y-%m-%d %H:%M").to_string(), theirs["datetime"], "{context}");
        let prices = [("open", ours.open), ("high", ours.high), ("low", ours.low), ("close", ours.close)];
        for (name, price) in prices {
            assert!(near(price, number(theirs, name)), "{name}: {context}");
        }
        let volume = (ours.volume as f64 / unit(category, code)) as f32;
        assert!(near(as_pytdx_takes(volume), number(theirs, "vol")), "vol: {context}");
        // Ours is the number that the float stands for, theirs the float itself.
        let amount = ours.amount.unwrap() as f32;
        assert!(near(as_pytdx_takes(amount), number(theirs, "amount")), "amount: {context}");
        if is_index(code) {
            let breadth = (ours.advancing.map(f64::from), ours.declining.map(f64::from));
            assert_eq!(breadth, (Some(number(theirs, "up_count")), Some(number(theirs, "down_count"))), "{context}");
        }
    }
}

async fn compare_lists(client: &Client, told: &Value) -> Vec<Code> {
    let mut codes = Vec::new();
    for market in wire::Market::ALL {
        let key = market.number().to_string();
        assert_eq!(told["count"][&key], client.security_count(market).await.unwrap());
        let ours = client.securities(market).await.unwrap();
        let theirs = told["list"][&key].as_array().unwrap();
        assert_eq!((ours.rows.len(), ours.rejected.len()), (theirs.len(), 0));
        for (ours, theirs) in ours.rows.iter().map(|row| &row.value).zip(theirs) {
            assert_eq!(theirs["code"], ours.code.symbol());
            assert_eq!(theirs["name"], ours.name);
            assert_eq!(
                (&theirs["volunit"], &theirs["decimal_point"]),
                (&ours.volume_unit.into(), &ours.decimals.into())
            );
            let pre_close = as_pytdx_takes(ours.pre_close.unwrap_or(0.0) as f32);
            assert!(near(pre_close, number(theirs, "pre_close")), "{ours:?} {theirs}");
            codes.push(ours.code);
        }
    }
    codes
}

async fn compare_xdxr(client: &Client, code: &Code, theirs: &[Value]) -> usize {
    let ours = client.xdxr(code).await.unwrap();
    assert_eq!((ours.rows.len(), ours.rejected.len()), (theirs.len(), 0), "{code}");
    for (ours, theirs) in ours.rows.iter().map(|row| &row.value).zip(theirs) {
        assert_eq!((ours.date, u64::from(ours.category)), (day(theirs), theirs["category"].as_u64().unwrap()));
        let same = |name: &str, value: f32| assert!(near(number(theirs, name), f64::from(value)), "{name} {ours:?}");
        match ours.event {
            XdxrEvent::ExRight { cash_per_10, rights_price, bonus_per_10, rights_per_10 } => {
                same("fenhong", cash_per_10);
                same("peigujia", rights_price);
                same("songzhuangu", bonus_per_10);
                same("peigu", rights_per_10);
            }
            XdxrEvent::Capital { float_before, total_before, float_after, total_after } => {
                let taken = |value: f32| if value == 0.0 { 0.0 } else { as_pytdx_takes(value) };
                assert!(near(number(theirs, "panqianliutong"), taken(float_before)), "{ours:?}");
                assert!(near(number(theirs, "qianzongguben"), taken(total_before)), "{ours:?}");
                assert!(near(number(theirs, "panhouliutong"), taken(float_after)), "{ours:?}");
                assert!(near(number(theirs, "houzongguben"), taken(total_after)), "{ours:?}");
            }
            ref other => panic!("the simulator sends no {other:?}"),
        }
    }
    theirs.iter().filter(|row| row["category"] == 1).count()
}

async fn compare_finance(client: &Client, code: &Code, theirs: &Value) {
    let ours = client.finance_snapshot(code).await.unwrap();
    let ours = &ours.rows[0].value;
    assert_eq!(theirs["updated_date"].to_string(), ours.updated.format("%Y%m%d").to_string());
    assert_eq!(theirs["ipo_date"].to_string(), ours.listed.unwrap().format("%Y%m%d").to_string());
    // pytdx multiplies money, which comes in thousands, by ten thousand.
    for (name, ours, scale) in [
        ("liutongguben", ours.float_shares, 1.0),
        ("zongguben", ours.total_shares, 1.0),
        ("gudongrenshu", ours.shareholders, 1.0),
        ("zongzichan", ours.total_assets, 10.0),
        ("liudongzichan", ours.current_assets, 10.0),
        ("liudongfuzhai", ours.current_liabilities, 10.0),
        ("jingzichan", ours.net_assets, 10.0),
        ("zhuyingshouru", ours.revenue, 10.0),
        ("yingyelirun", ours.operating_profit, 10.0),
        ("jingyingxianjinliu", ours.operating_cash_flow, 10.0),
        ("lirunzonghe", ours.total_profit, 10.0),
        ("shuihoulirun", ours.net_profit, 10.0),
        ("jinglirun", ours.net_profit_parent, 10.0),
        ("weifenpeilirun", ours.undistributed_profit, 10.0),
    ] {
        assert!(near(ours.unwrap_or(0.0) * scale, number(theirs, name)), "{code} {name}: {ours:?} {theirs}");
    }
    // A float that comes with as many digits as its text has.
    let per_share = ours.book_value_per_share.unwrap_or(0.0);
    assert!((per_share / number(theirs, "meigujingzichan") - 1.0).abs() < 1e-6, "{code} {ours:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pytdx_and_our_client_read_the_same_from_the_simulated_server() {
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
    // More than one page of daily bars.
    let market = Arc::new(Market::generate(&MarketSpec::new(1, 24, day(2019, 11, 1), day(2024, 3, 29))));
    let clock = SimClock::at_shanghai(market.range().1.and_hms_opt(20, 0, 0).unwrap());
    // Fragments and short list pages: the client must read on.
    let options = TdxOptions { clock: Some(clock.clock()), fragment: Some(37), list_page: 9, ..TdxOptions::default() };
    let server = TdxServer::start(Arc::clone(&market), options).await.unwrap();
    let Some(told) = told_by_pytdx(&server).await else { return };

    let mut config = ClientConfig::new(vec![server.host.clone()]);
    config.requests_per_second_per_server = 0;
    let client = Client::new(config, clock.clock());
    let codes = compare_lists(&client, &told).await;
    assert!(codes.len() >= 24 && told["bars"].as_object().unwrap().len() == codes.len());
    let mut rows = 0;
    for code in &codes {
        let name = |(market, digits): (u8, [u8; 6])| format!("{market}:{}", String::from_utf8_lossy(&digits));
        let theirs = told["bars"][&name(vendor_code::tdx::print(code).unwrap())].as_array().unwrap();
        assert_same_bars(code, Category::Day, &our_bars(&client, code, Category::Day).await, theirs);
        rows += theirs.len();
    }
    let truth = market.bar_count() + market.derived_codes().iter().map(|c| market.derived_bars(c).len()).sum::<usize>();
    assert!(rows > 20_000 && rows <= truth, "{rows} of {truth} bars");
    for (name, categories) in told["other_bars"].as_object().unwrap() {
        for (category, theirs) in categories.as_object().unwrap() {
            let (code, category) = (code(name), Category::of_number(category.parse().unwrap()).unwrap());
            let ours = our_bars(&client, &code, category).await;
            assert_same_bars(&code, category, &ours, theirs.as_array().unwrap());
        }
    }
    let mut actions = 0;
    for (name, theirs) in told["xdxr"].as_object().unwrap() {
        actions += compare_xdxr(&client, &code(name), theirs.as_array().unwrap()).await;
    }
    assert!(actions > 20, "{actions}");
    for (name, theirs) in told["finance"].as_object().unwrap() {
        compare_finance(&client, &code(name), theirs).await;
    }
}

#[test]
fn the_floats_that_pytdx_is_known_to_misread_are_told_apart() {
    for (value, taken) in [(10.0, 520.0), (8.29, 72.04), (3.0, 4098.0), (1.0, 32768.5), (64.0, 544.0), (11.68, 936.055)]
    {
        assert!((as_pytdx_takes(value) - taken).abs() < 1e-4, "{value}");
    }
    for value in [100.0, 127.0, 128.0, 129.5, 41_151_820.0, 2_465_683_712.0] {
        assert_eq!(as_pytdx_takes(value), f64::from(value));
    }
    assert!((as_pytdx_takes(0.0) - 5.877_471_754_111_438e-39).abs() < 1e-50);
}
