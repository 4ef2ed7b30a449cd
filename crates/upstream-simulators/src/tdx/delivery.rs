//! How an answer goes over the connection.

use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::{
    faults::{Bend, TdxFault},
    wire,
};

/// What happens to a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    /// It goes out, in pieces of so many bytes after the head, each after a pause.
    Whole { piece: Option<usize>, pause: Duration },
    /// The head and half of the body go out, then the connection closes.
    Cut,
    /// Nothing goes out.
    Silence,
    /// Nothing goes out and the connection closes.
    Hangup,
}

impl Delivery {
    /// What the faults of a call make of it, with the outcome for the log.
    pub(super) fn of(bend: &Bend, fragment: Option<usize>) -> (Self, &'static str) {
        let whole = (Self::Whole { piece: fragment, pause: Duration::ZERO }, "ok");
        let of = |fault: &TdxFault| match fault {
            TdxFault::Silence => Some((Self::Silence, "silence")),
            TdxFault::Hangup => Some((Self::Hangup, "hangup")),
            TdxFault::Drop => Some((Self::Cut, "drop")),
            TdxFault::Drip { bytes, ms } => {
                let pause = Duration::from_millis(*ms);
                Some((Self::Whole { piece: Some((*bytes).max(1)), pause }, "drip"))
            }
            TdxFault::CountOnly => Some((whole.0, "count_only")),
            TdxFault::ShortBody(_) => Some((whole.0, "short_body")),
            TdxFault::Empty => Some((whole.0, "empty")),
            TdxFault::WrongMethod => Some((whole.0, "wrong_method")),
            TdxFault::WrongSequence => Some((whole.0, "wrong_sequence")),
            TdxFault::WrongMagic => Some((whole.0, "wrong_magic")),
            TdxFault::CorruptZlib => Some((whole.0, "corrupt_zlib")),
            TdxFault::WrongLength => Some((whole.0, "wrong_length")),
            TdxFault::Descending => Some((whole.0, "descending")),
            TdxFault::DuplicateBars => Some((whole.0, "duplicate_bars")),
            TdxFault::Shares => Some((whole.0, "shares")),
            TdxFault::Lie(_) => Some((whole.0, "lie")),
            TdxFault::Stale(_) => Some((whole.0, "stale")),
            TdxFault::Slow(_) => None,
        };
        bend.faults.iter().find_map(of).unwrap_or(whole)
    }

    /// Sends the frame. `false` = the connection has to close.
    pub(super) async fn send(self, out: &mut (impl AsyncWrite + Unpin), frame: &[u8]) -> std::io::Result<bool> {
        match self {
            Self::Silence => Ok(true),
            Self::Hangup => Ok(false),
            Self::Cut => {
                let body = frame.len() - wire::HEAD;
                out.write_all(&frame[..wire::HEAD + body / 2]).await?;
                out.flush().await?;
                Ok(false)
            }
            // The head comes in one segment: some clients read it with a single call.
            Self::Whole { piece: None, .. } => out.write_all(frame).await.map(|()| true),
            Self::Whole { piece: Some(bytes), pause } => {
                let (head, body) = frame.split_at(wire::HEAD);
                out.write_all(head).await?;
                for piece in body.chunks(bytes.max(1)) {
                    out.flush().await?;
                    if pause.is_zero() {
                        tokio::task::yield_now().await;
                    } else {
                        tokio::time::sleep(pause).await;
                    }
                    out.write_all(piece).await?;
                }
                Ok(true)
            }
        }
    }
}
