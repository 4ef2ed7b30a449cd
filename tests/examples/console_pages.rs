//! Pictures of every page of the consoles: `make screenshots`.
//!
//! `cargo run -p system-tests --example console_pages -- <folder>` starts gateway, warehouse and registry over simulated
//! upstreams, goes through all their pages, and writes `<folder>/<daemon>/<page>-<desktop|phone>-<light|dark>-<en|zh>.png`:
//! English on desk and phone, light and dark, and Chinese on a desk by day and on a phone at night. `<folder>/best` has those
//! that the README shows, which `--best` takes alone.

#![expect(clippy::unwrap_used, reason = "pictures are taken or they are not")]

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::json;
use system_tests::{
    browser::{Browser, Look, Scheme},
    console::{Operator, Scale, World, crawl},
    gateway::Caller,
};
use tokio::time::MissedTickBehavior;

/// Longer pages are cut.
const HEIGHT: u32 = 2_400;
const LOOKS: [(&str, Look); 6] = [
    ("en", Look::desktop(Scheme::Light)),
    ("en", Look::desktop(Scheme::Dark)),
    ("en", Look::phone(Scheme::Light)),
    ("en", Look::phone(Scheme::Dark)),
    ("zh-CN", Look::desktop(Scheme::Light)),
    ("zh-CN", Look::phone(Scheme::Dark)),
];

#[tokio::main]
async fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("a folder for the pictures"));
    let Some(browser) = Browser::start().await else { std::process::exit(1) };
    let world = World::start(Scale::PICTURE).await;
    let asking = tokio::spawn(ask_on(world.gateway.callers.clone()));
    best(&world, &browser, &folder.join("best")).await;
    let names = ["gateway", "data", "profiles"];
    let wanted = if std::env::args().any(|word| word == "--best") { 0 } else { names.len() };
    for (operator, name) in world.operators(&browser).into_iter().zip(names).take(wanted) {
        let pages = crawl(operator).await;
        browser.forget().await;
        take(operator, "/console/login", &folder.join(name)).await;
        operator.visit("/console").await;
        for page in &pages {
            take(operator, page, &folder.join(name)).await;
        }
        println!("{name}: {} pages", pages.len() + 1);
    }
    asking.abort();
    browser.close().await;
}

/// Profiles that ask the gateway for as long as pictures are taken.
async fn ask_on(callers: [Caller; 2]) {
    let mut turns = tokio::time::interval(Duration::from_millis(400));
    turns.set_missed_tick_behavior(MissedTickBehavior::Skip);
    for number in 0_usize.. {
        turns.tick().await;
        let prompt = format!("[[tokens:{}]] And today?", 20 + number * 7 % 90);
        callers[number % 2].chat(json!({"messages": [{"role": "user", "content": prompt}]})).await;
    }
}

/// Channels, an ex-date, and a finding with the rows of both sources: what fits on a screen.
async fn best(world: &World, browser: &Browser, folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let shot = async |name: &str, look: Look| {
        browser.look(look).await;
        fs::write(folder.join(format!("{name}.png")), browser.picture(look.height).await).unwrap();
    };
    let (light, dark) = (Look::desktop(Scheme::Light), Look::desktop(Scheme::Dark));
    let data = world.at_the_warehouse(browser);
    data.visit(&format!("/console/instruments/{}", world.data.ex.0)).await;
    shot("chart", dark).await;
    data.visit("/console/findings?check=cross_source").await;
    browser.follow(&format!("tr:has(a[href*='{}']) a[href^='/console/findings/']", world.data.wrong.0.code)).await;
    browser.says("Rows side by side").await;
    shot("finding", light).await;
    data.open("/console/overview").await;
    shot("overview", light).await;
    shot("overview-phone", Look::phone(Scheme::Dark)).await;
    world.at_the_gateway(browser).visit("/console/channels").await;
    shot("channels", light).await;
    browser.look(light).await;
}

async fn take(operator: Operator<'_>, page: &str, folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let browser = operator.browser;
    for (language, look) in LOOKS {
        browser.speak(language).await;
        browser.look(look).await;
        operator.open(page).await;
        let file = format!("{}-{}-{}.png", file_name(page), look.name(), &language[..2]);
        fs::write(folder.join(file), browser.picture(HEIGHT).await).unwrap();
    }
    browser.speak("en").await;
}

/// A page's address as a name of a file.
fn file_name(page: &str) -> String {
    let plain = page.trim_start_matches("/console/");
    let name: String = plain.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
    name.chars().take(80).collect()
}
