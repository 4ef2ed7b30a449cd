//! One event.

use bytes::Bytes;
use memchr::memchr2;

use super::DONE;

/// One event with its terminator, exactly as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame(Bytes);

impl Frame {
    pub(super) fn new(bytes: Bytes) -> Self {
        Self(bytes)
    }

    /// All of its bytes.
    pub fn bytes(&self) -> &Bytes {
        &self.0
    }

    /// All of its bytes.
    pub fn into_bytes(self) -> Bytes {
        self.0
    }

    /// Its data without the field name; several `data:` lines are joined by line ends (only then it is copied). None
    /// where there is no data line.
    pub fn data(&self) -> Option<Bytes> {
        let mut lines = self.data_lines();
        let (start, end) = lines.next()?;
        let first = self.0.slice(start..end);
        let Some(second) = lines.next() else { return Some(first) };
        let mut joined = first.to_vec();
        for (start, end) in std::iter::once(second).chain(lines) {
            joined.push(b'\n');
            joined.extend_from_slice(&self.0[start..end]);
        }
        Some(Bytes::from(joined))
    }

    /// Whether it carries no data: comments (keep-alives), blank lines, a bare `event:` or `id:`.
    pub fn is_comment(&self) -> bool {
        self.data_lines().next().is_none()
    }

    /// Whether its data is `[DONE]`.
    pub fn is_done(&self) -> bool {
        let mut lines = self.data_lines();
        let is_done = lines.next().is_some_and(|(start, end)| self.0[start..end].trim_ascii() == DONE);
        is_done && lines.next().is_none()
    }

    /// Where the values of the `data` lines stand.
    fn data_lines(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let bytes: &[u8] = &self.0;
        let mut at = 0;
        std::iter::from_fn(move || {
            while at < bytes.len() {
                let start = at;
                let end = memchr2(b'\n', b'\r', &bytes[at..]).map_or(bytes.len(), |found| at + found);
                // A `\r\n` leaves an empty line behind, which is skipped like any other.
                at = end + 1;
                if let Some(value) = value(&bytes[start..end]) {
                    return Some((end - value.len(), end));
                }
            }
            None
        })
    }
}

/// The value of a `data` line, of whose spaces the first is not its own.
fn value(line: &[u8]) -> Option<&[u8]> {
    // Some upstreams begin their stream with a byte order mark, which the standard allows once.
    let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
    let rest = line.strip_prefix(b"data")?;
    match rest.first() {
        None => Some(rest),
        Some(b':') => Some(rest[1..].strip_prefix(b" ").unwrap_or(&rest[1..])),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(text: &'static str) -> Frame {
        Frame(Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn data_is_read_by_the_standard_and_shares_the_frames_bytes() {
        for (text, data) in [
            ("data: {\"a\":1}\n\n", Some("{\"a\":1}")),
            ("data:{\"a\":1}\r\n\r\n", Some("{\"a\":1}")),
            ("data:  two spaces\r\r", Some(" two spaces")),
            ("id: 1\nevent: error\ndata: x\nretry: 5\n\n", Some("x")),
            ("data: a\ndata: b\ndata\n\n", Some("a\nb\n")),
            ("\u{feff}data: x\n\n", Some("x")),
            (": keep-alive\n\n", None),
            ("event: ping\n\n", None),
            ("database: x\n\n", None),
            ("\n", None),
        ] {
            let frame = frame(text);
            assert_eq!(frame.data(), data.map(|data| Bytes::from_static(data.as_bytes())), "{text:?}");
            assert_eq!(frame.is_comment(), data.is_none(), "{text:?}");
        }
        let frame = frame("data: xyz\n\n");
        assert!(frame.bytes().as_ptr_range().contains(&frame.data().unwrap().as_ptr()), "not copied");
    }

    #[test]
    fn done_is_known_with_and_without_spaces() {
        assert!(frame("data: [DONE]\n\n").is_done() && frame("data:[DONE] \r\n\r\n").is_done());
        assert!(!frame("data: [DONE]x\n\n").is_done() && !frame("data: [DONE]\ndata: x\n\n").is_done());
    }
}
