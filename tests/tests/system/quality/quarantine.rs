//! Rows that the gate refused: listed, shown, released, discarded, or made good by the vendor.

use std::{process::Command, time::Duration};

use market_model::Code;
use serde_json::{Value, json};
use system_tests::{Answer, Http, Stage, eventually, recent_market, run};
use upstream_simulators::{
    AlertReceiver,
    tushare::{CellDamage, Damage},
};

use super::kit::{CODES, log, stage, told};

const BOUND: Duration = Duration::from_secs(60);

async fn twilight(stage: &Stage, words: &str) -> Answer {
    let mut command: Command = stage.command("twilight");
    command.args(words.split_whitespace());
    run(command, BOUND).await
}

/// The quarantine as the command line lists it.
async fn quarantine(stage: &Stage, state: &str) -> Vec<Value> {
    let answer = twilight(stage, &format!("quarantine list --state {state} --json")).await;
    assert_eq!(answer.code, Some(0), "{answer:?}");
    serde_json::from_str::<Value>(&answer.stdout).unwrap().as_array().unwrap().clone()
}

/// The entry of a code, once it is published with this state.
async fn entry(stage: &Stage, state: &str, code: &Code) -> Value {
    eventually(&format!("{code} is {state} in quarantine"), async || {
        quarantine(stage, state).await.into_iter().find(|row| row["code"] == code.as_str())
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_close_of_zero_waits_in_quarantine_until_somebody_or_the_vendor_decides() {
    let receiver = AlertReceiver::start().await.unwrap();
    let stage = stage(&recent_market(CODES, 4), &receiver).await;
    let day = stage.days(1)[0];
    let codes = stage.market.expected_codes(day);
    let (mended, dropped) = (codes[3], codes[7]);
    let zero = |code| CellDamage::new(code, day, "close", Damage::Value(json!(0)));
    stage.vendors.tushare.faults().damage("daily", zero(mended));
    stage.vendors.tushare.faults().damage("daily", zero(dropped));
    let (worker, judge, api) = (stage.worker().await, stage.judge().await, stage.api().await);
    let http = Http::new(&api.url);
    stage.fetch("tushare", day).await;
    let held = entry(&stage, "held", &mended).await;
    assert_eq!((&held["rule"], &held["trade_date"]), (&json!("nonpositive_price"), &json!(day.to_string())));
    assert!(held["value"].as_str().unwrap().contains('0'), "{held}");
    let id = |row: &Value| row["id"].as_str().unwrap().to_owned();
    let open_rows = async || {
        let rows = log(&http, "check=nonpositive_price&open=true&severity=error").await;
        rows.iter().map(|row| row["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    eventually("both are errors in the log", async || (open_rows().await.len() == 2).then_some(())).await;
    eventually("one message names both", async || (!told(&receiver, "nonpositive_price").is_empty()).then_some(()))
        .await;
    let shown = twilight(&stage, &format!("quarantine show {}", id(&held))).await;
    assert!(shown.stdout.contains("vendor's row") && shown.stdout.contains(mended.as_str()), "{shown:?}");
    let (_, served) = http.get(&format!("/warehouse/daily?code={mended}&start={day}&end={day}")).await;
    assert_eq!(served["rows"], json!([]), "{served}");

    // The gate stands: what it refused it refuses again.
    let refused = twilight(&stage, &format!("quarantine release {} --by tests --wait", id(&held))).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    let said = format!("{}{}", refused.stdout, refused.stderr);
    assert!(said.contains("close") && said.contains(&id(&held)), "{said}");
    assert_eq!(id(&entry(&stage, "held", &mended).await), id(&held));

    // The vendor corrects the row: it comes the usual way, and nobody need decide.
    stage.vendors.tushare.faults().clear();
    stage.vendors.tushare.faults().damage("daily", zero(dropped));
    stage.fetch("tushare", day).await;
    entry(&stage, "superseded", &mended).await;
    eventually("it is served", async || {
        let (_, body) = http.get(&format!("/warehouse/daily?code={mended}&start={day}&end={day}&adjust=none")).await;
        let close = body["rows"][0]["close"].as_f64()?;
        assert_eq!(Some(close), stage.market.bar(&mended, day).map(|bar| bar.close));
        Some(())
    })
    .await;

    // Somebody gives the other up.
    let other = entry(&stage, "held", &dropped).await;
    let words = format!("quarantine discard {} --by tests --note halted --wait", id(&other));
    let discarded = twilight(&stage, &words).await;
    assert_eq!(discarded.code, Some(0), "{discarded:?}");
    let closed = entry(&stage, "discarded", &dropped).await;
    assert_eq!((&closed["decided_by"], &closed["note"]), (&json!("tests"), &json!("halted")));
    eventually("no error is open", async || open_rows().await.is_empty().then_some(())).await;
    judge.stop().await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_released_by_force_is_stored_with_the_name_of_who_did_it() {
    let receiver = AlertReceiver::start().await.unwrap();
    let stage = stage(&recent_market(CODES, 4), &receiver).await;
    let day = stage.days(1)[0];
    let code = stage.market.expected_codes(day)[5];
    let zero = CellDamage::new(code, day, "low", Damage::Value(json!(0)));
    stage.vendors.tushare.faults().damage("daily", zero);
    let (worker, api) = (stage.worker().await, stage.api().await);
    stage.fetch("tushare", day).await;
    let held = entry(&stage, "held", &code).await;
    let words = format!("quarantine release {} --force --by tests --wait", held["id"].as_str().unwrap());
    let released = twilight(&stage, &words).await;
    assert_eq!(released.code, Some(0), "{released:?}");
    assert_eq!(entry(&stage, "released", &code).await["decided_by"], "tests");
    let http = Http::new(&api.url);
    let path = format!("/warehouse/daily?code={code}&start={day}&end={day}&layer=normalized");
    let low = eventually("the row is stored", async || http.get(&path).await.1["rows"][0]["low"].as_f64()).await;
    assert_eq!(low, 0.0);
    worker.stop().await;
}
