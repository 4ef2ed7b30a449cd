//! What a stream said.

/// The data of a stream's events, `[DONE]` included.
pub(crate) fn events(text: &str) -> Vec<String> {
    let frames = text.split("\n\n").filter(|frame| !frame.is_empty());
    frames.filter_map(|frame| frame.strip_prefix("data: ")).map(str::to_owned).collect()
}
