//! Profiles over the JSON API.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::{Answer, Running};

/// A file that gets this content.
pub(crate) fn put(path: &str, content: &str) -> Value {
    json!({"path": path, "content": BASE64_STANDARD.encode(content)})
}

/// The text of one file of a profile's content.
pub(crate) fn text(content: &Answer, path: &str) -> String {
    let content = content.json();
    let file = content["files"].as_array().unwrap().iter().find(|file| file["path"] == path).unwrap();
    String::from_utf8(BASE64_STANDARD.decode(file["content"].as_str().unwrap()).unwrap()).unwrap()
}

impl Running {
    /// Commits changes to a profile that was made on `base`.
    pub(crate) async fn commit(&self, token: &str, profile: &str, base: &Value, changes: &[Value]) -> Answer {
        let body = json!({"base": base, "message": "An edit", "changes": changes});
        self.post(&format!("/profiles/{profile}/commits"), Some(token), body).await
    }

    /// A profile with a soul, of somebody who has claimed it; their token, and the id of its content.
    pub(crate) async fn profile_of(&self, user: u64, profile: &str) -> (String, Value) {
        let token = self.owner_of(user, profile).await;
        let made = self.commit(&token, profile, &Value::Null, &[put("SOUL.md", &format!("I am {profile}.\n"))]).await;
        assert_eq!(made.status, 201, "{made:?}");
        (token, made.json()["content_id"].clone())
    }

    /// Both sides agree that a profile changes hands.
    pub(crate) async fn hand_over(&self, profile: &str, from: (u64, &str), to: u64) {
        let wanted = json!({"profile": profile, "to": format!("tg:{to}")});
        let begun = self.post("/transfers", Some(from.1), wanted).await;
        assert_eq!(begun.status, 201, "{begun:?}");
        let operation = begun.field("operation");
        for user in [from.0, to] {
            let confirmed = self.confirm(user, &operation).await;
            assert_eq!(confirmed.status, 200, "{confirmed:?}");
        }
        assert_eq!(self.poll(&begun).await.field("state"), "done");
    }
}
