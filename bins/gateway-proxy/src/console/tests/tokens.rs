use super::kit::{World, says, words};

#[tokio::test]
async fn tokens_are_listed_and_revoked_and_a_revoked_admins_session_ends() {
    let world = World::of(&[]).await;
    world.register("tw-admin", "ops", "admin", None).await;
    world.register("tw-<b>", "<b>alice", "llm", Some("20")).await;
    let mut other = world.stranger("en");
    assert_eq!(other.log_in("tw-admin").await.status.as_u16(), 200);
    let mut operator = world.operator("en").await;
    let page = operator.get("/console/tokens").await;
    says(&page, &["tw-&lt;b&gt; &lt;b&gt;alice valid llm all ¥20 2026-11-23 12:00:00", "tw-admin ops valid admin"]);
    let text = words(&operator.get("/console/tokens?state=valid&profile=ops").await);
    assert!(text.contains("tw-admin") && !text.contains("alice"), "{text}");
    assert_eq!(operator.get("/console/tokens?state=odd").await.status.as_u16(), 400);
    assert_eq!(operator.post("/console/tokens/revoke", &[("id", "tw-nobody")]).await.status.as_u16(), 404);
    let answer = operator.post("/console/tokens/revoke", &[("id", "tw-admin")]).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, "/console/tokens"));
    says(&operator.get("/console/tokens").await, &["tw-admin is revoked", "tw-admin ops revoked"]);
    assert_eq!(world.audit("token.revoke").await[0].actor, "operator");
    let gone = other.get("/console/channels").await;
    assert_eq!(gone.status.as_u16(), 303);
    assert!(gone.location().starts_with("/console/login"), "{}", gone.location());
}
