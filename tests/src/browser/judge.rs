//! What is wrong with a page, judged inside it and by the browser's own accessibility tree.

use serde_json::{Value, json};

use super::Browser;

const JUDGE: &str = include_str!("judge.js");

/// Roles of things that somebody uses or is shown, and must be told the name of.
const NAMED: [&str; 17] = [
    "button",
    "link",
    "textbox",
    "searchbox",
    "spinbutton",
    "combobox",
    "listbox",
    "checkbox",
    "radio",
    "switch",
    "slider",
    "meter",
    "progressbar",
    "image",
    "img",
    "Date",
    "table",
];

impl Browser {
    /// Everything that is wrong with the page as it stands: names that controls lack, headings, tables, language, contrast,
    /// inline styles and scripts, a page that scrolls sideways. Empty if nothing is.
    pub async fn judge(&self) -> Vec<String> {
        [self.judge_what_is_seen().await, self.nameless().await].concat()
    }

    /// [`Browser::judge`] without what a screen reader would say, which differs neither by width nor by colours.
    pub async fn judge_what_is_seen(&self) -> Vec<String> {
        let found = self.script(JUDGE, Vec::new()).await;
        found.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// What a screen reader would have to announce without a name.
    async fn nameless(&self) -> Vec<String> {
        let tree = self.devtools("Accessibility.getFullAXTree", json!({})).await;
        let nodes = tree["nodes"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value["value"].as_str().unwrap_or_default().trim().to_owned();
        let nameless = nodes.iter().filter(|node| {
            node["ignored"] != true && NAMED.contains(&text(&node["role"]).as_str()) && text(&node["name"]).is_empty()
        });
        let mut problems = Vec::new();
        for node in nameless {
            let described = self.devtools("DOM.describeNode", json!({"backendNodeId": node["backendDOMNodeId"]})).await;
            let (tag, attributes) = (&described["node"]["localName"], &described["node"]["attributes"]);
            problems.push(format!(
                "a {} without a name: <{}> {attributes}",
                text(&node["role"]),
                tag.as_str().unwrap_or("?")
            ));
        }
        problems
    }
}
