//! The beginning of a push: what the client wants, in packets, ahead of what it brings.

/// Read along as it passes: refuses a signed push. git takes one although nobody has offered it, and stores what it calls
/// its certificate, whatever that holds and whatever becomes of the push, beside the quarantine and not in it.
#[derive(Debug)]
pub(super) struct PushHead(State);

/// The client signs its push.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the push is signed, which is not taken here")]
pub(super) struct Signed;

#[derive(Debug)]
enum State {
    /// So much of a packet's length: four hexadecimal digits.
    Length(Vec<u8>),
    /// How a packet begins, and bytes of it that are still to come.
    Text(Vec<u8>, usize),
    /// The rest is for git alone.
    Over,
}

/// How the packet ahead of a certificate begins. References and shallow commits begin otherwise.
const CERTIFICATE: &[u8] = b"push-cert";

impl Default for PushHead {
    fn default() -> Self {
        Self(State::Length(Vec::new()))
    }
}

impl PushHead {
    /// Reads what comes next.
    ///
    /// # Errors
    /// [`Signed`]: nothing of these bytes may be passed on.
    pub(super) fn read(&mut self, mut bytes: &[u8]) -> Result<(), Signed> {
        while !bytes.is_empty() {
            match &mut self.0 {
                State::Over => return Ok(()),
                State::Length(digits) => {
                    let (some, rest) = bytes.split_at(bytes.len().min(4 - digits.len()));
                    digits.extend_from_slice(some);
                    bytes = rest;
                    if digits.len() == 4 {
                        self.0 = State::after(digits);
                    }
                }
                State::Text(start, left) => {
                    let (some, rest) = bytes.split_at(bytes.len().min(*left));
                    start.extend(some.iter().take(CERTIFICATE.len() - start.len()));
                    *left -= some.len();
                    bytes = rest;
                    if start == CERTIFICATE {
                        return Err(Signed);
                    }
                    if *left == 0 {
                        self.0 = State::Length(Vec::new());
                    }
                }
            }
        }
        Ok(())
    }
}

impl State {
    /// What follows a length. Anything but a packet with text ends what the client wants; what is no length ends git.
    fn after(digits: &[u8]) -> Self {
        let digits = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match digits.and_then(|text| usize::from_str_radix(text, 16).ok()) {
            Some(4) => Self::Length(Vec::new()),
            Some(length @ 5..) => Self::Text(Vec::new(), length - 4),
            _ => Self::Over,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether it passes, in pieces of every size.
    fn passes(text: &[u8]) -> bool {
        let in_pieces = |size: usize| {
            let mut head = PushHead::default();
            text.chunks(size).try_for_each(|piece| head.read(piece)).is_ok()
        };
        let whole = in_pieces(text.len().max(1));
        assert!((1..12).all(|size| in_pieces(size) == whole), "{:?}", String::from_utf8_lossy(text));
        whole
    }

    #[test]
    fn a_signed_push_is_seen_wherever_its_certificate_stands_and_nothing_else_is() {
        let command = format!("0065{0} {0} refs/heads/main", "1".repeat(40));
        let command = command.as_bytes();
        let shallow = format!("0035shallow {}\n", "1".repeat(40));
        for signed in [
            b"0012push-cert\0atomic".to_vec(),
            b"000dpush-cert".to_vec(),
            b"000Epush-cert\n0000".to_vec(),
            [shallow.as_bytes(), b"000epush-cert\n"].concat(),
            [command, b"0004000epush-cert\n"].concat(),
        ] {
            assert!(!passes(&signed), "{:?}", String::from_utf8_lossy(&signed));
        }
        for plain in [
            b"".to_vec(),
            b"0000".to_vec(),
            b"000cpush-cer0000".to_vec(),
            [command, b"0000PACK000epush-cert\n"].concat(),
            [command, b"0001000epush-cert\n"].concat(),
            b"+00e000epush-cert\n".to_vec(),
            b"000apush-c".to_vec(),
        ] {
            assert!(passes(&plain), "{:?}", String::from_utf8_lossy(&plain));
        }
    }
}
