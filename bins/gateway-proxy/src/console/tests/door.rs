use super::kit::{World, says};

#[tokio::test]
async fn only_operators_get_in_and_changes_without_a_session_are_refused() {
    let world = World::of(&[("a", "500")]).await;
    world.register("tw-llm", "alice", "llm", None).await;
    world.register("tw-admin", "ops", "admin", None).await;
    for token in ["tw-llm", "tw-nobody", ""] {
        let answer = world.stranger("en").log_in(token).await;
        assert!(answer.status.is_client_error(), "{token}: {}", answer.status);
    }
    let mut stranger = world.stranger("en");
    for path in ["/console", "/console/channels", "/console/requests/1", "/console/spend"] {
        let answer = stranger.get(path).await;
        assert_eq!(answer.status.as_u16(), 303, "{path}");
        assert!(answer.location().starts_with("/console/login"), "{path}: {}", answer.location());
    }
    let answer = stranger.post("/console/channels/a/disable", &[]).await;
    assert_eq!(answer.status.as_u16(), 401);
    assert!(world.audit("channel.change").await.is_empty());
    // An access token's changes stand under its id.
    let mut admin = world.stranger("en");
    says(&admin.log_in("tw-admin").await, &["Channels", "tw-admin"]);
    admin.get("/console/channels/a").await;
    admin.post("/console/channels/a/disable", &[]).await;
    assert_eq!(world.audit("channel.change").await[0].actor, "tw-admin");
}

#[tokio::test]
async fn nothing_configured_is_said_and_not_shown_as_nothing() {
    let world = World::of(&[]).await;
    let mut operator = world.operator("en").await;
    for (path, told) in [
        ("/console/channels", "No channel is configured"),
        ("/console/requests", "There are no such requests"),
        ("/console/spend", "There is no channel."),
        ("/console/audit", "There are no such entries."),
        ("/console/tokens", "There are no such tokens."),
        ("/console/prices", "the default price for every model"),
        ("/console/search", "No SearXNG is configured"),
    ] {
        let page = operator.get(path).await;
        assert_eq!(page.status.as_u16(), 200, "{path}");
        says(&page, &[told]);
    }
}
