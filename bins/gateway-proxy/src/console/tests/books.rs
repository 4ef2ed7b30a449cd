use gateway_ledger::{AttemptRecord, AuditEntry};
use serde_json::json;

use super::kit::{World, noon, row, says, words, yuan};

const HOSTILE: &str = "<script>alert(1)</script>\"'&平安";

#[tokio::test]
async fn requests_are_listed_newest_first_narrowed_and_page_by_page() {
    let world = World::of(&[("a", "500"), ("b", "500")]).await;
    let mut operator = world.operator("en").await;
    says(&operator.get("/console/requests").await, &["There are no such requests in the books."]);
    let rows = (0..120).map(|n| {
        let mut row = row(&format!("{n:016x}"), if n < 60 { "alice" } else { HOSTILE }, "a", "0.00012", n);
        if n == 7 {
            (row.outcome, row.failed, row.status) = ("upstream_failed".into(), true, 502);
        }
        row
    });
    world.book(rows).await;
    let first = operator.get("/console/requests").await;
    says(&first, &["2026-11-23 12:00:00 0000000000000000 alice qwen-plus a answered 200 1,234 / 50 ¥0.000120 900 ms"]);
    assert!(first.body.contains("data-live=\"/console/live/requests\""), "the first page renews itself");
    let next =
        first.body.split("rel=\"next\"").next().unwrap().rsplit("href=\"").next().unwrap().split('"').next().unwrap();
    let second = operator.get(next).await;
    says(&second, &["0000000000000032", "0000000000000063"]);
    assert!(!second.body.contains("data-live") && !second.body.contains("<script>alert"), "{}", second.body);
    for (query, found, lost) in [
        ("profile=alice&outcome=", "0000000000000000", "000000000000003c"),
        ("outcome=upstream_failed", "upstreams failed 502", "0000000000000008"),
        ("since=2026-11-23T11:58&until=2026-11-23T12:00", "0000000000000001", "0000000000000000"),
        ("channel=b", "There are no such requests", "0000000000000000"),
    ] {
        for path in ["/console/requests", "/console/live/requests"] {
            let text = words(&operator.get(&format!("{path}?{query}")).await);
            assert!(text.contains(found) && !text.contains(lost), "{path} {query}: {text}");
        }
    }
    for query in ["since=yesterday", "colour=red", "cursor=x"] {
        assert_eq!(operator.get(&format!("/console/requests?{query}")).await.status.as_u16(), 400, "{query}");
    }
}

#[tokio::test]
async fn a_request_tells_who_was_considered_and_why_not_and_what_it_cost() {
    let world = World::of(&[("a", "500")]).await;
    let mut operator = world.operator("en").await;
    let mut told = row("00000000000000f1", HOSTILE, "a", "0.3", 1);
    let failed = AttemptRecord { channel: Some("b".into()), outcome: "wait_tokens".into(), ms: 12, considered: vec![] };
    told.decision.insert(0, failed);
    (told.charges[0].estimated, told.charges[0].breach) = (true, Some(yuan("0.01")));
    world.book([told]).await;
    let page = operator.get("/console/requests/00000000000000f1").await;
    says(
        &page,
        &[
            "Request 00000000000000f1",
            "1 b tokens-per-minute limit 12 ms",
            "2 a answered 890 ms other: resting (key not valid)",
            "¥0.30 ¥1 estimated beyond its reservation ¥0.01",
            "First byte after 120 ms",
            "1,234 in (20 cached) · 50 out (10 thinking)",
        ],
    );
    assert!(!page.body.contains("<script>alert"), "{}", page.body);
    let mut operator = world.operator("zh-CN").await;
    says(&operator.get("/console/requests/00000000000000f1").await, &["决策记录", "休息中 (密钥失效)", "估算"]);
    let found = operator.get("/console/requests?id=+00000000000000f1&profile=").await;
    assert_eq!((found.status.as_u16(), found.location()), (303, "/console/requests/00000000000000f1"));
    let unknown = operator.get("/console/requests/00000000000000f2").await;
    assert_eq!(unknown.status.as_u16(), 404);
}

#[tokio::test]
async fn the_audit_log_is_narrowed_and_told_in_words() {
    let world = World::of(&[("a", "500")]).await;
    let mut operator = world.operator("en").await;
    says(&operator.get("/console/audit").await, &["There are no such entries."]);
    for (actor, action) in [("operator", "channel.change"), ("gateway", "channel.parked")] {
        let entry = AuditEntry {
            at: noon(),
            actor: actor.to_owned(),
            action: action.into(),
            subject: HOSTILE.to_owned(),
            before: Some(json!({"enabled": true})),
            after: Some(json!({"reason": HOSTILE})),
        };
        world.gateway.ledger.audit(entry).await.unwrap();
    }
    let page = operator.get("/console/audit").await;
    says(&page, &["operator channel changed", "gateway channel rests", "enabled: true", "reason: &lt;script&gt;"]);
    assert!(!page.body.contains("<script>alert"), "{}", page.body);
    let text = words(&operator.get("/console/audit?actor=gateway&action=").await);
    assert!(text.contains("channel rests") && !text.contains("channel changed"), "{text}");
    assert_eq!(operator.get("/console/audit?since=once").await.status.as_u16(), 400);
}

#[tokio::test]
async fn prices_and_search_engines_are_told_as_they_are() {
    let prices = "[[prices]]\nmodel = \"qwen-max*\"\nfrom = \"2026-12-01\"\ninput = \"0.8\"\noutput = \"2.123456\"\n\
                  source = \"<b>somebody\"\n";
    let world = World::with_prices_and_search(&[("a", "500")], prices).await;
    let mut operator = world.operator("en").await;
    says(
        &operator.get("/console/prices").await,
        &[
            "In use the file",
            "Offered without a price",
            "default price qwen-plus",
            "qwen-max* all 2026-12-01 to come",
            "¥0.80",
            "¥2.1234",
            "&lt;b&gt;somebody",
        ],
    );
    says(&operator.get("/console/search").await, &["Engines that work 8 / 8", "Cache not configured", "baidu works"]);
    let page = world.operator("zh-CN").await.get("/console/prices").await;
    says(&page, &["未生效", "默认价格"]);
}
