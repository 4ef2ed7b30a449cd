use super::kit::{World, row, says, words, yuan};

#[tokio::test]
async fn spending_is_summed_by_day_channel_model_and_profile() {
    let world = World::of(&[("a", "500"), ("b", "500")]).await;
    let mut operator = world.operator("en").await;
    says(&operator.get("/console/spend").await, &["Nothing was asked in these days.", "no rate"]);
    const DAY: i64 = 24 * 60;
    world
        .book([
            row("1", "alice", "a", "0.5", 120),
            row("2", "bob", "b", "1.25", DAY),
            row("3", "bob", "a", "2", 2 * DAY),
            row("4", "bob", "a", "64", 8 * DAY),
        ])
        .await;
    let page = operator.get("/console/spend").await;
    says(&page, &["2026-11-23", "a 2 0 2,468 (40) 100 (20) ¥2.50 66.6 % ¥0", "b 1 0", "Total 3 0", "¥3.75 100.0 %"]);
    assert!(!words(&page).contains("¥64"), "a week is shown");
    assert!(page.body.contains("aria-label=\"Spend per day by channel, ¥\""));
    let all = operator.get("/console/spend?from=2026-11-01&to=2026-11-23&by=profile").await;
    says(&all, &["bob 3 0", "¥67.25"]);
    let one = operator.get("/console/spend?from=2026-11-22&to=2026-11-22&profile=bob&channel=&model=").await;
    says(&one, &["Total 1 0", "¥1.25 100.0 %"]);
    says(&world.operator("zh-CN").await.get("/console/spend").await, &["按渠道", "逐日", "合计"]);
    for query in ["from=2026-11-24&to=2026-11-23", "from=tomorrow", "by=hour", "from=2026-01-01"] {
        let refused = operator.get(&format!("/console/spend?{query}")).await;
        assert_eq!(refused.status.as_u16(), 400, "{query}");
    }
}

#[tokio::test]
async fn a_budget_is_forecast_at_the_rate_of_the_last_hour_and_of_its_last_quarter() {
    let world = World::of(&[("idle", "500"), ("quick", "100"), ("slow", "500"), ("free", "none")]).await;
    world.register("token", "alice", "llm", Some("20")).await;
    world
        .book([
            row("1", "alice", "quick", "10", 50),
            row("2", "bob", "quick", "5", 5),
            row("3", "bob", "slow", "1", 59),
            row("4", "bob", "slow", "7", 61),
            row("5", "bob", "free", "3", 1),
        ])
        .await;
    // As the gateway does when it begins.
    world.gateway.desk.act(|router, at| {
        for (channel, spent) in [("quick", "70"), ("slow", "8"), ("free", "3")] {
            router.restore_spent(channel, route_policy::Day::of(at.wall), yuan(spent));
        }
    });
    let page = world.operator("en").await.get("/console/spend").await;
    says(
        &page,
        &[
            // ¥30 left at ¥15 an hour: two hours from noon; at ¥5 in a quarter of an hour: one and a half.
            "quick ¥100 ¥70 · 70.0 % ¥30 ¥15 runs out 2026-11-23 14:00:00 in 2 h ¥20 runs out 2026-11-23 13:30:00 in 1 h",
            // ¥8 and twelve hours of ¥1.
            "slow ¥500 ¥8 · 1.6 % ¥492 ¥1 lasts until midnight ¥20 spent by then ¥0 no rate",
            "idle ¥500 ¥0 · 0 % ¥500 ¥0 no rate",
            "free no bound",
            "alice ¥20 ¥10 · 50.0 % ¥10 ¥10 runs out 2026-11-23 13:00:00",
            "Assumed:",
        ],
    );
}
