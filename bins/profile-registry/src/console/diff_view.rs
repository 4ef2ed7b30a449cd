//! Differences of files, to be read.

use maud::{Markup, html};
use operator_console::{
    Language,
    ui::{Level, badge, empty},
};
use profile_store::{FileChange, FileState};

/// A page holds so much of them, in bytes of HTML.
const ROOM: usize = 60_000;
/// What the markup of one line takes beside its text.
const LINE: usize = 34;

/// Files with their lines: what is new with a plus, what is gone with a minus. Of very much the beginning, and how much more
/// there is.
pub(super) fn changes(language: Language, changes: &[FileChange]) -> Markup {
    let mut room = ROOM;
    html! {
        @if changes.is_empty() { (empty(language.say("No file differs.", "没有文件有差异。"))) }
        @for change in changes {
            h3 { code { (change.path) } " " (state(language, change.state)) }
            @match &change.patch {
                None => p.muted { (language.say("Not a text: its lines cannot be shown.", "不是文本文件，无法逐行显示。")) },
                Some(patch) => (lines(language, patch, &mut room)),
            }
        }
    }
}

fn state(language: Language, state: FileState) -> Markup {
    match state {
        FileState::Added => badge(Level::Ok, language.say("added", "新增")),
        FileState::Modified => badge(Level::Info, language.say("changed", "修改")),
        FileState::Deleted => badge(Level::Bad, language.say("deleted", "删除")),
    }
}

fn lines(language: Language, patch: &str, room: &mut usize) -> Markup {
    // What stands before the first place repeats the path.
    let all: Vec<&str> = patch.lines().skip_while(|line| !line.starts_with("@@")).collect();
    let mut shown = 0;
    for line in &all {
        let takes = LINE + line.len() + 5 * line.bytes().filter(|byte| b"<>&\"".contains(byte)).count();
        let Some(left) = room.checked_sub(takes) else { break };
        *room = left;
        shown += 1;
    }
    let rest = all.len() - shown;
    html! {
        @if all.is_empty() {
            p.muted { (language.say("Only whether it may be run differs, or it is empty.", "仅可执行权限不同，或文件为空。")) }
        }
        @if shown > 0 {
            div.diff {
                @for line in all.iter().take(shown) {
                    @match line.as_bytes().first() {
                        Some(b'+') => span.added { (line) },
                        Some(b'-') => span.removed { (line) },
                        Some(b'@') => span.place { (line) },
                        _ => span { (line) },
                    }
                }
            }
        }
        @if rest > 0 {
            p.muted {
                @match language {
                    Language::English => { (rest) " more lines are not shown; the API has them: GET /profiles/{name}/diff." }
                    Language::Chinese => { "另有 " (rest) " 行未显示，可通过 API 查看：GET /profiles/{name}/diff。" }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(patch: &str) -> FileChange {
        FileChange { path: "SOUL.md".to_owned(), state: FileState::Modified, patch: Some(patch.to_owned()) }
    }

    #[test]
    fn lines_keep_their_sign_and_nothing_of_them_is_markup() {
        let patch = "diff --git a/SOUL.md b/SOUL.md\n--- a/SOUL.md\n+++ b/SOUL.md\n@@ -1 +1 @@\n-old\n+<script>x</script>\n same\n";
        let shown = changes(Language::English, &[change(patch)]).into_string();
        assert!(shown.contains(r#"<span class="added">+&lt;script&gt;x&lt;/script&gt;</span>"#), "{shown}");
        assert!(shown.contains(r#"<span class="removed">-old</span>"#) && shown.contains("<span> same</span>"));
        assert!(!shown.contains("+++ b/SOUL.md"), "{shown}");
    }

    #[test]
    fn of_very_much_the_beginning_is_shown_and_how_much_there_is_more() {
        let patch = format!("@@ -0,0 +1 @@\n{}", "+<&>\n".repeat(50_000));
        let shown = changes(Language::Chinese, &[change(&patch), change(&patch)]).into_string();
        assert!(shown.len() < 70_000, "{}", shown.len());
        assert!(shown.contains("另有 50001 行未显示"), "the second file has no room at all");
    }
}
