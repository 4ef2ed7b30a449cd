//! The ways in which a receiver fails.

/// One way to fail. A receiver that is down is [`AlertReceiver::go_down`](super::AlertReceiver::go_down).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertFault {
    /// The message is taken, and the answer comes after this many milliseconds.
    Slow(u64),
    /// This HTTP status and an empty body; the message is not taken.
    Status(u16),
    /// Too many messages: come back after these seconds. HTTP 429 with the header `retry-after` and, from Telegram, the
    /// same in the body; from WeCom HTTP 200 with `errcode` 45009, which names no time.
    TooMany(u32),
    /// HTTP 200, and the body says no: `errcode` 40008 from WeCom, `ok: false` from Telegram, HTTP 400 from a webhook,
    /// which has no other way to say it.
    Refused,
    /// The connection ends without an answer, the message not taken.
    Hangup,
    /// The message is taken, and the connection ends without an answer: the sender cannot know.
    TakenWithoutAnswer,
}
