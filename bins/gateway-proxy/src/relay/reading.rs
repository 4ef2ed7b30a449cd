//! Reading an answer while somebody waits for it.

use bytes::{Bytes, BytesMut};
use llm_upstream::{BodyError, SendError};

use super::{exchange::Exchange, head::Head, tally::Tally};

/// As much of a refusal as is read.
const REFUSAL_MAX: usize = 64 << 10;

/// A body, as far as it was read.
pub(super) enum Collected {
    /// All of it.
    Whole(Bytes),
    /// More than the limit: what came so far. The rest can still be read.
    Long(Vec<Bytes>),
    /// It broke off.
    Broken(BodyError),
}

impl Exchange {
    /// Waits for the head of the answer.
    pub(super) async fn answer(&mut self) -> Result<Head, SendError> {
        std::future::poll_fn(|context| self.poll_answer(context)).await
    }

    /// Waits for the next piece of the body.
    pub(super) async fn chunk(&mut self) -> Option<Result<Bytes, BodyError>> {
        std::future::poll_fn(|context| self.poll_chunk(context)).await
    }

    /// Reads the body up to `limit` bytes. A body of one piece is not copied. What was read is not lost with the future.
    pub(super) async fn collect(&mut self, limit: usize) -> Collected {
        self.tally = Tally::Held(Vec::new());
        let mut length = 0;
        while let Some(chunk) = self.chunk().await {
            let piece = match chunk {
                Ok(piece) => piece,
                Err(error) => return Collected::Broken(error),
            };
            if piece.is_empty() {
                continue;
            }
            length += piece.len();
            // A held tally takes every piece.
            let _ = self.tally.pass(piece);
            if length > limit {
                return Collected::Long(self.held());
            }
        }
        Collected::Whole(join(self.held(), length))
    }

    /// What an upstream says about its refusal, as far as it comes.
    pub(super) async fn refusal(&mut self) -> Bytes {
        self.tally = Tally::Refusal;
        let mut said = BytesMut::new();
        while said.len() < REFUSAL_MAX {
            match self.chunk().await {
                Some(Ok(piece)) => said.extend_from_slice(&piece),
                Some(Err(_)) | None => break,
            }
        }
        said.freeze()
    }

    fn held(&mut self) -> Vec<Bytes> {
        match &mut self.tally {
            Tally::Held(pieces) => std::mem::take(pieces),
            _ => Vec::new(),
        }
    }
}

/// One buffer of them.
fn join(mut pieces: Vec<Bytes>, length: usize) -> Bytes {
    if pieces.len() == 1 {
        return pieces.remove(0);
    }
    let mut whole = BytesMut::with_capacity(length);
    pieces.iter().for_each(|piece| whole.extend_from_slice(piece));
    whole.freeze()
}
