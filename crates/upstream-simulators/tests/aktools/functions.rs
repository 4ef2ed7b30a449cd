//! The tables: columns, order, types, and what is out when.

use chrono::NaiveDate;
use serde_json::{Map, Value};

use crate::harness::{Sim, columns};

fn text<'a>(row: &'a Map<String, Value>, column: &str) -> &'a str {
    row[column].as_str().unwrap_or_else(|| panic!("{column} is a text"))
}

#[tokio::test]
async fn every_table_has_the_vendors_columns_in_the_vendors_order() {
    let sim = Sim::start().await;
    let jin10 = "商品,日期,今值,预测值,前值";
    for (function, expected) in [
        ("macro_china_gdp_yearly", jin10),
        ("macro_china_cpi_yearly", jin10),
        ("macro_china_cpi_monthly", jin10),
        ("macro_china_ppi_yearly", jin10),
        ("macro_china_pmi_yearly", jin10),
        ("macro_china_non_man_pmi", jin10),
        ("macro_china_cx_pmi_yearly", jin10),
        ("macro_china_cx_services_pmi_yearly", jin10),
        ("macro_china_m2_yearly", jin10),
        ("macro_china_fx_reserves_yearly", jin10),
        ("macro_china_exports_yoy", jin10),
        ("macro_china_imports_yoy", jin10),
        ("macro_china_trade_balance", jin10),
        ("macro_china_industrial_production_yoy", jin10),
        (
            "macro_china_cpi",
            "月份,全国-当月,全国-同比增长,全国-环比增长,全国-累计,城市-当月,城市-同比增长,城市-环比增长,城市-累计,\
             农村-当月,农村-同比增长,农村-环比增长,农村-累计",
        ),
        ("macro_china_ppi", "月份,当月,当月同比增长,累计"),
        ("macro_china_pmi", "月份,制造业-指数,制造业-同比增长,非制造业-指数,非制造业-同比增长"),
        ("macro_china_consumer_goods_retail", "月份,当月,同比增长,环比增长,累计,累计-同比增长"),
        ("macro_china_new_financial_credit", "月份,当月,当月-同比增长,当月-环比增长,累计,累计-同比增长"),
        ("macro_china_lpr", "TRADE_DATE,LPR1Y,LPR5Y,RATE_1,RATE_2"),
        (
            "macro_china_shrzgm",
            "月份,社会融资规模增量,其中-人民币贷款,其中-委托贷款外币贷款,其中-委托贷款,其中-信托贷款,\
             其中-未贴现银行承兑汇票,其中-企业债券,其中-非金融企业境内股票融资",
        ),
        (
            "macro_china_reserve_requirement_ratio",
            "公布时间,生效时间,大型金融机构-调整前,大型金融机构-调整后,大型金融机构-调整幅度,中小金融机构-调整前,\
             中小金融机构-调整后,中小金融机构-调整幅度,消息公布次日指数涨跌-上证,消息公布次日指数涨跌-深证,备注",
        ),
        ("tool_trade_date_hist_sina", "trade_date"),
    ] {
        let (status, body) = sim.text(&format!("/api/public/{function}")).await;
        assert_eq!((status, columns(&body).join(",").as_str()), (200, expected), "{function}");
    }
    let (_, body) = sim.text("/api/public/macro_china_shibor_all").await;
    assert_eq!(columns(&body)[..3], ["日期", "O/N-定价", "O/N-涨跌幅"]);
    assert_eq!(columns(&body).len(), 17);
}

#[tokio::test]
async fn releases_ascend_by_day_and_end_with_ones_to_come() {
    let sim = Sim::start().await;
    let rows = sim.rows("macro_china_cpi_yearly").await;
    assert!(rows.windows(2).all(|pair| text(&pair[0], "日期") < text(&pair[1], "日期")));
    let (out, to_come): (Vec<_>, Vec<_>) = rows.iter().partition(|row| text(row, "日期") < "2024-03-30");
    assert!(out.iter().all(|row| row["今值"].is_f64() && text(row, "商品") == "中国CPI年率报告"));
    assert!(!to_come.is_empty() && to_come.iter().all(|row| row["今值"].is_null() && row["前值"].is_f64()));
    assert!(out[0]["前值"].is_null() && out[0]["预测值"].is_null());
    assert!(text(out[0], "日期").starts_with("1986-02-") && text(out[0], "日期").ends_with("T00:00:00.000"));
    assert!(out.iter().filter(|row| row["预测值"].is_f64()).count() > 100);
    // The figure before is the one of the row before, now and then revised by its last digit.
    let previous =
        |pair: &[&Map<String, Value>]| (pair[1]["前值"].as_f64().unwrap(), pair[0]["今值"].as_f64().unwrap());
    let revised = out.windows(2).map(previous).filter(|(told, was)| (told - was).abs() > 1e-9);
    let revised: Vec<(f64, f64)> = revised.collect();
    assert!(!revised.is_empty() && revised.iter().all(|(told, was)| (told - was - 0.1).abs() < 1e-9));
}

#[tokio::test]
async fn monthly_tables_come_newest_first_with_the_month_as_a_text() {
    let sim = Sim::start().await;
    for (function, newest) in [
        ("macro_china_cpi", "2024年02月份"),
        ("macro_china_ppi", "2024年02月份"),
        // Its last day is two days off.
        ("macro_china_pmi", "2024年02月份"),
        ("macro_china_money_supply", "2024年02月份"),
    ] {
        let rows = sim.rows(function).await;
        assert_eq!(text(&rows[0], "月份"), newest, "{function}");
        assert!(rows.windows(2).all(|pair| text(&pair[0], "月份") > text(&pair[1], "月份")), "{function}");
    }
    sim.clock.set_shanghai("2024-03-31T09:30:00".parse().unwrap());
    assert_eq!(text(&sim.rows("macro_china_pmi").await[0], "月份"), "2024年03月份");
    let quarters = sim.rows("macro_china_gdp").await;
    let names: Vec<&str> = quarters[..5].iter().map(|row| text(row, "季度")).collect();
    let expected = ["2023年第1-4季度", "2023年第1-3季度", "2023年第1-2季度", "2023年第1季度", "2022年第1-4季度"];
    assert_eq!(names, expected);
    let whole = |row: &Map<String, Value>| row["国内生产总值-绝对值"].as_f64().unwrap();
    assert!(whole(&quarters[0]) > whole(&quarters[1]) && whole(&quarters[3]) < whole(&quarters[4]), "sums of a year");
}

#[tokio::test]
async fn gaps_are_null() {
    let sim = Sim::start().await;
    let lpr = sim.rows("macro_china_lpr").await;
    let nulls = |column: &str| lpr.iter().filter(|row| row[column].is_null()).count();
    assert!(nulls("LPR5Y") > nulls("LPR1Y") && nulls("LPR1Y") > 5 && nulls("RATE_1") == 0);
    let first = lpr.iter().find(|row| !row["LPR5Y"].is_null()).unwrap();
    assert_eq!(text(first, "TRADE_DATE"), "2019-08-20T00:00:00.000");
    let retail = sim.rows("macro_china_consumer_goods_retail").await;
    assert!(retail.iter().all(|row| !text(row, "月份").ends_with("年01月份")));
    assert!(text(&retail[0], "月份") == "2024年02月份" && retail[0]["当月"].is_null() && retail[0]["累计"].is_f64());
    let financing = sim.rows("macro_china_shrzgm").await;
    assert_eq!((text(&financing[0], "月份"), text(financing.last().unwrap(), "月份")), ("201501", "202402"));
    assert!(financing.last().unwrap()["其中-非金融企业境内股票融资"].is_null());
}

#[tokio::test]
async fn the_true_figures_are_those_of_the_table_with_the_period_that_is_not_in_it() {
    let sim = Sim::start().await;
    let rows = sim.rows("macro_china_pmi_yearly").await;
    let figures = sim.server.figures("macro_china_pmi_yearly", "今值");
    let out: Vec<&Map<String, Value>> = rows.iter().filter(|row| !row["今值"].is_null()).collect();
    assert_eq!(figures.len(), out.len());
    for (figure, row) in figures.iter().zip(out) {
        assert_eq!((Some(figure.value), figure.consensus), (row["今值"].as_f64(), row["预测值"].as_f64()));
        let published: NaiveDate = text(row, "日期")[..10].parse().unwrap();
        assert_eq!(figure.published, Some(published));
        let days = (published - figure.period).num_days();
        assert!((-4..=1).contains(&days), "{} was published on {published}", figure.period);
    }
    assert!(sim.server.figures("macro_china_pmi_yearly", "没有").is_empty());
    assert!(sim.server.figures("macro_china_none", "今值").is_empty());
}

#[tokio::test]
async fn a_ratio_is_announced_before_it_takes_effect_and_the_ratios_connect() {
    let sim = Sim::start().await;
    let rows = sim.rows("macro_china_reserve_requirement_ratio").await;
    let number = |row: &Map<String, Value>, column: &str| row[column].as_f64().unwrap();
    for row in &rows {
        assert!(text(row, "公布时间") < text(row, "生效时间") && text(row, "公布时间").ends_with('日'));
        let step = number(row, "大型金融机构-调整后") - number(row, "大型金融机构-调整前");
        assert!((step - number(row, "大型金融机构-调整幅度")).abs() < 1e-9);
    }
    for pair in rows.windows(2) {
        assert_eq!(pair[0]["大型金融机构-调整前"], pair[1]["大型金融机构-调整后"], "newest first");
    }
    assert!(rows.iter().any(|row| row["中小金融机构-调整后"].is_null()));
}

#[tokio::test]
async fn equal_seeds_give_equal_economies() {
    let (one, other) = (Sim::start().await, Sim::start().await);
    for function in ["macro_china_cpi", "macro_china_shibor_all", "macro_china_trade_balance", "macro_china_gdp"] {
        let path = format!("/api/public/{function}");
        assert_eq!(one.text(&path).await, other.text(&path).await, "{function}");
    }
}
