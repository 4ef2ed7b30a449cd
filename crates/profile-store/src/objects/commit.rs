//! A commit, byte by byte.

use chrono::{DateTime, Utc};
use git2::Oid;

use crate::Author;

/// The header of a commit on main that came in through an owner's view: the id it has there.
const PROJECTED_FROM: &[u8] = b"projected-from ";

/// Parents that a new commit may have: it is compared with each of them.
pub(crate) const PARENTS_MAX: usize = 16;

/// Why some bytes are no commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct MalformedCommit(&'static str);

/// A commit: where it points, and the rest as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Commit {
    pub(crate) tree: Oid,
    pub(crate) parents: Vec<Oid>,
    /// The id that the commit has in the view of the owner who pushed it.
    pub(crate) projected_from: Option<Oid>,
    /// Author, committer, further headers, an empty line, the message; without `projected-from`.
    pub(crate) rest: Vec<u8>,
}

/// What a new commit says.
pub(crate) struct NewCommit<'a> {
    pub(crate) tree: Oid,
    pub(crate) parents: Vec<Oid>,
    pub(crate) author: &'a Author,
    pub(crate) message: &'a str,
}

impl Commit {
    pub(crate) fn new(commit: NewCommit<'_>) -> Self {
        let (line, message) = (commit.author.line(), commit.message.trim_end());
        let rest = format!("author {line}\ncommitter {line}\n\n{}\n", message.replace('\0', ""));
        Self { tree: commit.tree, parents: commit.parents, projected_from: None, rest: rest.into_bytes() }
    }

    pub(crate) fn parse(bytes: Vec<u8>) -> Result<Self, MalformedCommit> {
        let header = |rest: &[u8], name: &[u8]| -> Result<Option<(Oid, usize)>, MalformedCommit> {
            if !rest.starts_with(name) {
                return Ok(None);
            }
            let line = rest.get(name.len()..name.len() + 41).ok_or(MalformedCommit("a header is cut short"))?;
            let text = std::str::from_utf8(&line[..40]).map_err(|_| MalformedCommit("a header has no id"))?;
            if line[40] != b'\n' || !text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)) {
                return Err(MalformedCommit("a header has no id"));
            }
            let id = Oid::from_str(text).map_err(|_| MalformedCommit("a header has no id"))?;
            Ok(Some((id, name.len() + 41)))
        };
        let (tree, mut at) = header(&bytes, b"tree ")?.ok_or(MalformedCommit("it has no tree"))?;
        let mut parents = Vec::new();
        while let Some((parent, length)) = header(&bytes[at..], b"parent ")? {
            parents.push(parent);
            at += length;
        }
        let mut rest = bytes[at..].to_vec();
        let end = rest.windows(2).position(|pair| pair == b"\n\n").ok_or(MalformedCommit("it has no message"))?;
        let committer = rest.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        if !rest.starts_with(b"author ") || !rest[committer..].starts_with(b"committer ") {
            return Err(MalformedCommit("it has no author or no committer"));
        }
        if rest.contains(&0) {
            return Err(MalformedCommit("it has a NUL"));
        }
        // The last of the headers, where it was put.
        let last = rest[..end].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let projected_from = header(&rest[last..], PROJECTED_FROM)?;
        if let Some((_, length)) = projected_from {
            rest.drain(last..last + length);
        }
        Ok(Self { tree, parents, projected_from: projected_from.map(|(id, _)| id), rest })
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = format!("tree {}\n", self.tree).into_bytes();
        for parent in &self.parents {
            bytes.extend_from_slice(format!("parent {parent}\n").as_bytes());
        }
        match self.projected_from {
            Some(id) => {
                let end = self.headers().len();
                bytes.extend_from_slice(&self.rest[..end]);
                bytes.extend_from_slice(PROJECTED_FROM);
                bytes.extend_from_slice(format!("{id}\n").as_bytes());
                bytes.extend_from_slice(&self.rest[end..]);
            }
            None => bytes.extend_from_slice(&self.rest),
        }
        bytes
    }

    /// Author, committer and what follows, each with its end of line.
    fn headers(&self) -> &[u8] {
        let end = self.rest.windows(2).position(|pair| pair == b"\n\n").map_or(self.rest.len(), |at| at + 1);
        &self.rest[..end]
    }

    /// The first header that neither git nor this crate writes.
    pub(crate) fn unknown_header(&self) -> Option<String> {
        const KNOWN: &[&[u8]] =
            &[b"author ", b"committer ", b"encoding ", b"gpgsig ", b"gpgsig-sha256 ", b"mergetag ", b" "];
        let lines = self.headers().split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let unknown = lines.skip(2).find(|line| !KNOWN[2..].iter().any(|known| line.starts_with(known)))?;
        let name = unknown.split(|byte| *byte == b' ').next().unwrap_or_default();
        Some(String::from_utf8_lossy(name).escape_debug().to_string())
    }

    /// What is said of one with more than [`PARENTS_MAX`] parents.
    pub(crate) fn too_many_parents(&self) -> String {
        format!("the commit has {} parents, at most {PARENTS_MAX}", self.parents.len())
    }

    /// The message, what is no UTF-8 replaced.
    pub(crate) fn message(&self) -> String {
        String::from_utf8_lossy(&self.rest[(self.headers().len() + 1).min(self.rest.len())..]).into_owned()
    }

    /// The same commit with another message, and without what was signed of it.
    pub(crate) fn with_message(&self, message: &str) -> Self {
        let mut headers = self.headers().split(|byte| *byte == b'\n');
        let (author, committer) = (headers.next().unwrap_or_default(), headers.next().unwrap_or_default());
        let rest = [author, b"\n", committer, b"\n\n", message.as_bytes(), b"\n"].concat();
        Self { rest, ..self.clone() }
    }

    /// Who wrote it, as `Name <address>`, and when.
    pub(crate) fn author(&self) -> (String, DateTime<Utc>) {
        let line = self.rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = String::from_utf8_lossy(line);
        let line = line.strip_prefix("author ").unwrap_or_default();
        let (who, time) = line.rsplit_once("> ").map_or((line.to_owned(), ""), |(who, time)| (format!("{who}>"), time));
        let seconds = time.split(' ').next().and_then(|text| text.parse().ok()).unwrap_or_default();
        (who, DateTime::from_timestamp(seconds, 0).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "tree 1111111111111111111111111111111111111111\nparent 2222222222222222222222222222222222222222\nauthor A <a@b> 5 +0800\ncommitter A <a@b> 5 +0800\nencoding UTF-8\ngpgsig -----BEGIN\n line\n -----END\n\nmessage\n\nmore\n";

    #[test]
    fn a_commit_comes_back_byte_by_byte() {
        let commit = Commit::parse(PLAIN.as_bytes().to_vec()).unwrap();
        assert_eq!(commit.parents.len(), 1);
        assert_eq!(commit.to_bytes(), PLAIN.as_bytes());
        assert_eq!(commit.message(), "message\n\nmore\n");
        assert_eq!(commit.unknown_header(), None);
        assert_eq!(commit.author().0, "A <a@b>");
        assert_eq!(commit.author().1.timestamp(), 5);
    }

    #[test]
    fn where_it_came_from_is_the_last_header_and_can_be_taken_off() {
        let plain = Commit::parse(PLAIN.as_bytes().to_vec()).unwrap();
        let from = Oid::from_bytes(&[3; 20]).unwrap();
        let marked = Commit { projected_from: Some(from), ..plain.clone() };
        let read = Commit::parse(marked.to_bytes()).unwrap();
        assert_eq!(read, marked);
        assert_eq!(Commit { projected_from: None, ..read }.to_bytes(), PLAIN.as_bytes());
    }

    #[test]
    fn what_is_no_commit_is_refused() {
        let cases = [
            String::new(),
            PLAIN.replace("tree 1", "tree x"),
            PLAIN.replace("author", "auther"),
            PLAIN.replace("committer", "parent"),
            PLAIN.replace("\n\n", "\n"),
            PLAIN.replace("message", "mess\0age"),
            PLAIN[..30].to_owned(),
        ];
        for case in cases {
            assert!(Commit::parse(case.clone().into_bytes()).is_err(), "{case:?}");
        }
        let odd = Commit::parse(PLAIN.replace("encoding", "evil").into_bytes()).unwrap();
        assert_eq!(odd.unknown_header().as_deref(), Some("evil"));
    }
}
