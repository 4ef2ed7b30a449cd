//! The headers that carry a signature.

/// What comes with a notification; values as they came.
#[derive(Clone, Copy, Debug)]
pub struct SignatureHeaders<'a> {
    /// `Wechatpay-Serial`: which key signed.
    pub serial: &'a str,
    /// `Wechatpay-Signature`, base64.
    pub signature: &'a str,
    /// `Wechatpay-Timestamp`, seconds since 1970.
    pub timestamp: &'a str,
    /// `Wechatpay-Nonce`.
    pub nonce: &'a str,
}

/// WeChat sends wrong signatures on purpose to see that they are refused; nobody needs to be told of those.
const PROBE: &str = "WECHATPAY/SIGNTEST/";

impl SignatureHeaders<'_> {
    /// Whether the signature is one of WeChat's probes.
    pub(super) fn is_probe(&self) -> bool {
        self.signature.starts_with(PROBE)
    }

    /// What is signed: time, nonce and the body as it came, a line each. `None` where a header could pass for a line of
    /// its own.
    pub(super) fn message(&self, body: &[u8]) -> Option<Vec<u8>> {
        let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        if !plain(self.timestamp) || !plain(self.nonce) {
            return None;
        }
        let mut message = Vec::with_capacity(body.len() + self.timestamp.len() + self.nonce.len() + 3);
        for part in [self.timestamp.as_bytes(), self.nonce.as_bytes(), body] {
            message.extend_from_slice(part);
            message.push(b'\n');
        }
        Some(message)
    }
}
