use operator_console::testing::Answer;
use route_policy::Cny;

use super::kit::{World, row};

/// No page is longer.
const MOST_BYTES: usize = 100_000;

/// What every page holds, and what a browser under our policy would not run or show.
fn is_sound(path: &str, page: &Answer) {
    let body = &page.body;
    assert_eq!(page.status.as_u16(), 200, "{path}");
    assert!(body.len() < MOST_BYTES, "{path}: {} bytes", body.len());
    let count = |text: &str| body.matches(text).count();
    assert_eq!(count("<h1"), 1, "{path}");
    assert_eq!(count("<table"), count("<caption"), "{path}");
    for head in body.split('<').filter(|tag| tag.starts_with("th ") || tag.starts_with("th>")) {
        assert!(head.contains("scope="), "{path}: {head}");
    }
    for forbidden in [" style=", "<style", " onclick=", " onsubmit=", "javascript:", "http://cdn", "https://"] {
        assert!(!body.contains(forbidden), "{path}: {forbidden}");
    }
    // Every field stands in its label, or has a name of its own.
    for field in body.split('<').filter(|tag| ["input ", "select "].iter().any(|name| tag.starts_with(name))) {
        let place = body.find(field).unwrap_or_default();
        let before = &body[..place];
        let in_label = before.rfind("<label").unwrap_or(0) > before.rfind("</label").unwrap_or(0);
        assert!(field.contains("type=\"hidden\"") || field.contains("aria-label") || in_label, "{path}: {field}");
    }
}

#[tokio::test]
async fn every_page_is_sound_in_both_languages_with_many_of_everything_and_short() {
    let channels: Vec<String> = (0..5).map(|n| format!("channel-{n}")).collect();
    let listed: Vec<(&str, &str)> = channels.iter().map(|name| (name.as_str(), "500")).collect();
    let price = |n: usize| {
        format!(
            "[[prices]]\nmodel = \"vendor/a-model-with-a-name-of-some-length-{n}\"\nfrom = \"2026-05-01\"\n\
             input = \"0.8\"\noutput = \"2\"\nsource = \"<b>third-party report, May 2026: check it against your own contract\"\n"
        )
    };
    let prices: String = (0..120).map(price).collect();
    let world = World::with_prices_and_search(&listed, &prices).await;
    // Two thousand profiles, eighty models, a request of each in the last ninety days.
    let rows = (0..2_000_i64).map(|n| {
        let channel = &channels[usize::try_from(n).unwrap() % channels.len()];
        let mut row = row(&format!("{n:016x}"), &format!("profile-of-somebody-{n}"), channel, "0.123456", n * 64);
        row.model = format!("vendor/a-model-with-a-name-of-some-length-{}", n % 80).into();
        row.charges[0].cny = Cny::from_nano(123_456_789 + n);
        let considered = row.decision[0].considered[0].clone();
        row.decision[0].considered = vec![considered; 4];
        row
    });
    world.book(rows).await;
    for n in 0..60 {
        world.register(&format!("tw-token-{n}"), &format!("profile-of-somebody-{n}"), "llm", Some("20")).await;
    }
    for language in ["en", "zh-CN"] {
        let mut operator = world.operator(language).await;
        for path in [
            "/console/channels",
            "/console/channels/channel-0",
            "/console/requests",
            "/console/requests?channel=channel-1",
            "/console/requests/0000000000000001",
            "/console/spend",
            "/console/spend?from=2026-08-24&to=2026-11-23&by=profile",
            "/console/spend?from=2026-10-24&to=2026-11-23&by=model",
            "/console/audit",
            "/console/tokens",
            "/console/prices",
            "/console/search",
        ] {
            let page = operator.get(path).await;
            is_sound(path, &page);
        }
    }
}
