//! The contents of a stream's frames, as they arrive.

const MEMBER: &[u8] = br#""content":"#;

/// Finds the values of `"content"` that are not empty, across the borders of pieces.
#[derive(Default)]
pub(super) struct Contents {
    text: Vec<u8>,
    at: usize,
}

impl Contents {
    /// Adds a piece of the body, and hands over every content that is complete now.
    pub(super) fn push(&mut self, piece: &[u8], mut content: impl FnMut(&[u8])) {
        self.text.extend_from_slice(piece);
        while let Some(place) = self.text[self.at..].windows(MEMBER.len()).position(|window| window == MEMBER) {
            let value = self.at + place + MEMBER.len();
            let rest = self.text[value..].trim_ascii_start();
            let Some(first) = rest.first() else { break };
            // `null`, as of a frame that only tells the role.
            if *first != b'"' {
                self.at = value;
                continue;
            }
            let Some(end) = rest[1..].iter().position(|byte| *byte == b'"') else { break };
            if end > 0 {
                content(&rest[1..=end]);
            }
            self.at = self.text.len() - rest.len() + end + 2;
        }
        // A member that is not complete begins after the last line end.
        if let Some(line_end) = self.text[self.at..].iter().rposition(|byte| *byte == b'\n') {
            self.text.drain(..=self.at + line_end);
            self.at = 0;
        }
    }
}
