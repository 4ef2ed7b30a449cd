//! Findings, dead letters, quarantine and charts.

use job_queue::JobState;
use serde_json::{Value, json};
use system_tests::{
    API_TOKEN, Http,
    browser::{Browser, Control},
    console::World,
    eventually,
};

pub(crate) async fn a_finding_opens_the_raw_rows_of_both_sources(world: &World, browser: &Browser) {
    let (right, wrong) = &world.data.wrong;
    world.at_the_warehouse(browser).visit("/console/findings?check=cross_source").await;
    browser.follow(&format!("tr:has(a[href*='{}']) a[href^='/console/findings/']", right.code)).await;
    browser.says("Rows side by side").await;
    let text = browser.text_of("main").await;
    for told in ["cross_source", right.code.as_str(), "≠ differ", "(served)", "As sent by: tushare", "As sent by: tdx"]
    {
        assert!(text.contains(told), "{told}: {text}");
    }
    let closes = browser.text_of("tr:has(.text-warn)").await;
    let both = [&right.close, &wrong.close].map(|close| format!("{close:.2}"));
    assert!(both.iter().all(|close| closes.contains(close)), "{both:?}: {closes}");
    // The vendor's own text, in its own unit (hands, not shares), with the request and without the token.
    let volume = format!("{}", right.volume as f64 / 100.0);
    assert!(text.contains(&volume) && text.contains("api_name"), "{volume}: {text}");
    assert!(!text.contains(upstream_simulators::vendors::TUSHARE_TOKEN));
}

pub(crate) async fn a_dead_letter_is_sent_again_and_runs(world: &World, browser: &Browser) {
    let id = &world.data.dead;
    let operator = world.at_the_warehouse(browser);
    operator.visit("/console/jobs").await;
    browser.follow("a[href^='/console/jobs/ingest'][href*='dead'], a[href='/console/jobs/ingest']").await;
    browser.says("tushare refuses the token").await;
    browser.click(&Control::button("Retry").within(id)).await;
    browser.says("Sent again").await;
    world.data.stage.reaches(id, JobState::Done).await;
    operator.open("/console/jobs/ingest").await;
    browser.says("There is no dead letter.").await;
    assert!(world.data.api.says("console: tests POST /console/jobs/ingest/retry"), "who did it is in the log");
}

pub(crate) async fn a_released_row_leaves_quarantine_with_the_next_generation(world: &World, browser: &Browser) {
    let (code, day) = (world.data.refused, world.data.day);
    let operator = world.at_the_warehouse(browser);
    operator.visit("/console/quarantine").await;
    browser.follow("a[href^='/console/quarantine/']").await;
    browser.says("As the vendor sent it").await;
    let (why, note) = (Control::field("Why (it goes into the audit)"), "The vendor says that it is right");
    let release = Control::button("Release");
    // Without a reason nothing is sent.
    browser.click(&release).await;
    assert_eq!(browser.count("textarea:invalid").await, 1);
    browser.fill(&why, note).await;
    browser.tick("input[name=force]").await;
    browser.click(&release).await;
    eventually("the row has left", async || {
        operator.open("/console/quarantine").await;
        (!browser.text_of("main").await.contains(code.as_str())).then_some(())
    })
    .await;
    let http = Http::new(&world.data.api.url);
    let path = format!("/warehouse/daily?code={code}&start={day}&end={day}&layer=normalized");
    let (_, stored) = http.get(&path).await;
    let rows = stored["rows"].as_array().unwrap();
    let tushares = rows.iter().find(|row| row["source"] == "tushare").unwrap_or_else(|| panic!("{stored}"));
    assert_eq!(tushares["low"], json!(0.0), "and is stored");
    operator.open("/console/quarantine?state=released").await;
    browser.follow("a[href^='/console/quarantine/']").await;
    let text = browser.text_of("main").await;
    for told in [code.as_str(), "released", "tests", note] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert!(!world.data.api.says(API_TOKEN));
}

pub(crate) async fn a_fetch_is_asked_for_and_runs(world: &World, browser: &Browser) {
    let operator = world.at_the_warehouse(browser);
    operator.visit("/console/ingest").await;
    browser.choose(&Control::list("Source and data set"), "tushare · daily").await;
    browser.click(&Control::button("Fetch")).await;
    browser.says("In the queue: fetch_daily_market@").await;
    let text = browser.text_of("[role=status]").await;
    let id = text.split_whitespace().last().unwrap().to_owned();
    world.data.stage.reaches(&id, JobState::Done).await;
    operator.open("/console/ingest").await;
    assert!(!browser.says_now("In the queue:").await, "what was done is told once");
}

pub(crate) async fn the_chart_marks_the_ex_date_and_the_adjustment_changes_the_numbers(
    world: &World,
    browser: &Browser,
) {
    let (code, ex) = &world.data.ex;
    let market = &world.data.stage.market;
    let before = market.calendar().previous_open(*ex).unwrap();
    let operator = world.at_the_warehouse(browser);
    operator.visit("/console/instruments").await;
    browser.fill(&Control::field("Code or name"), code.as_str()).await;
    browser.click(&Control::button("Search")).await;
    browser.waits_for("the chart is there", async || (browser.count("svg[role=img]").await > 0).then_some(())).await;

    // What is drawn has no text of its own for a reader of pages, but a title.
    let drawn = browser
        .script("return [...document.querySelectorAll('svg text, svg title')].map((it) => it.textContent)", Vec::new());
    let drawn = drawn.await.to_string();
    assert!(["XD", &ex.to_string(), "factor"].iter().all(|told| drawn.contains(told)), "{drawn}");
    let events = browser.text_of("main").await;
    assert!(events.contains("ex-dates marked: 1"), "{events}");

    let shown = async |choice: &str| {
        browser.click(&Control::link(choice)).await;
        (close_of(browser, &before.to_string()).await, close_of(browser, &world.data.day.to_string()).await)
    };
    let raw = shown("as traded").await;
    assert_eq!(raw.0, market.bar(code, before).unwrap().close, "as traded it is what was traded");
    let forward = shown("forward (qfq)").await;
    let backward = shown("backward (hfq)").await;
    assert!(forward.0 < raw.0 && forward.1 == raw.1, "forward: {forward:?}, traded: {raw:?}");
    assert!(backward.1 > raw.1, "backward: {backward:?}, traded: {raw:?}");
    let ratio = market.factor(code, before).unwrap() / market.factor(code, *ex).unwrap();
    assert!((forward.0 / raw.0 - ratio).abs() < 0.001, "{forward:?} of {raw:?} is not {ratio}");

    let lines = browser.count("svg[role=img] path").await;
    browser.click(&Control::link("tdx")).await;
    browser.waits_for("a line more", async || (browser.count("svg[role=img] path").await > lines).then_some(())).await;

    // With the keyboard alone every bar can be read.
    let readout = browser.text_of(".readout, output").await;
    let slider = "document.querySelector('input[type=range]')";
    browser
        .script(
            &format!("{slider}.stepDown(); {slider}.dispatchEvent(new Event('input', {{bubbles: true}}))"),
            Vec::new(),
        )
        .await;
    let moved = browser.text_of(".readout, output").await;
    assert!(!moved.is_empty() && moved != readout, "{readout} stays");
}

/// The close that the table of bars has for a day.
async fn close_of(browser: &Browser, day: &str) -> f64 {
    let find = "const row = [...document.querySelectorAll('tr')].find((row) => row.cells[0]?.textContent.trim() === arguments[0]); \
                return row?.querySelector('[data-label=Close]')?.textContent ?? null";
    let what = format!("the bar of {day}");
    let text = browser.waits_for(&what, async || match browser.script(find, vec![json!(day)]).await {
        Value::String(text) => Some(text),
        _ => None,
    });
    text.await.trim().replace(',', "").parse().unwrap()
}
