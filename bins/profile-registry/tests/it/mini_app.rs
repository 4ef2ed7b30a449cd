//! The page on which people confirm.

use crate::support::Running;

#[tokio::test]
async fn the_page_runs_telegrams_script_and_ours_and_asks_nobody_else() {
    let registry = Running::start().await;
    let page = registry.get("/telegram/app", None).await;
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self' https://telegram.org/js/telegram-web-app.js;"));
    assert!(!policy.contains("unsafe-inline") && !policy.contains("unsafe-eval"), "{policy}");
    let outside: Vec<&str> = page.text.match_indices("http").map(|(at, _)| &page.text[at..]).collect();
    assert_eq!(outside.len(), 1, "one address that is not ours");
    assert!(outside[0].starts_with("https://telegram.org/js/telegram-web-app.js\""));
    // What the policy would not run is not there.
    assert!(!page.text.contains("<script>") && !page.text.contains("style=") && !page.text.contains("onclick"));

    for (name, kind) in [("app.js", "text/javascript; charset=utf-8"), ("app.css", "text/css; charset=utf-8")] {
        assert!(page.text.contains(&format!("\"{name}\"")), "relative, so that a proxy may serve it below a path");
        let asset = registry.get(&format!("/telegram/{name}"), None).await;
        assert_eq!((asset.status, asset.headers["content-type"].to_str().unwrap()), (200, kind));
        assert_eq!(asset.headers["x-content-type-options"], "nosniff");
        assert!(!asset.text.contains("http://") && !asset.text.contains("https://"));
        assert!(!asset.text.contains("innerHTML"), "a profile's name is text");
    }
    let script = registry.get("/telegram/app.js", None).await.text;
    for text in ["确认身份", "Confirm who you are", "../operations/${id}/telegram"] {
        assert!(script.contains(text), "{text}");
    }
}
