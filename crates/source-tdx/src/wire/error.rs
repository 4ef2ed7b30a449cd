//! What can be wrong with an answer. Every one of these is the server's fault, never "no data".

/// Why an answer cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// Not a frame of this protocol.
    #[error("the answer starts with {found:02x?}, not with the magic number")]
    Magic {
        /// The first four bytes.
        found: [u8; 4],
    },
    /// The answer to another question.
    #[error("the answer is to method {found:#06x}, asked was {asked:#06x}")]
    MethodEcho {
        /// The method of the request.
        asked: u16,
        /// The method that the answer names.
        found: u16,
    },
    /// The answer to an earlier question.
    #[error("the answer is to message {found:#010x}, asked was {asked:#010x}")]
    SequenceEcho {
        /// The sequence number of the request.
        asked: u32,
        /// The sequence number that the answer names.
        found: u32,
    },
    /// A stored frame that is shorter or longer than its head says.
    #[error("the frame has {found} bytes of body, its head says {declared}")]
    FrameLength {
        /// What the head says.
        declared: usize,
        /// What there is.
        found: usize,
    },
    /// The compressed body does not inflate to what the head says.
    #[error("the compressed body is damaged: {reason}")]
    Inflate {
        /// What zlib says, or which length came out.
        reason: String,
    },
    /// The body ends before what it declares.
    #[error("the body is truncated: {what} at byte {at} of {len}")]
    Truncated {
        /// What should have been there.
        what: &'static str,
        /// Where.
        at: usize,
        /// The body's length.
        len: usize,
    },
    /// A number of more than five bytes.
    #[error("the number at byte {at} does not end")]
    EndlessNumber {
        /// Where it starts.
        at: usize,
    },
    /// A price beyond all reason: the records are out of step.
    #[error("the price at byte {at} is impossible")]
    ImpossiblePrice {
        /// Where the record starts.
        at: usize,
    },
    /// Bytes left behind the last record: the records are out of step.
    #[error("{left} bytes are left behind the last record")]
    TrailingBytes {
        /// How many.
        left: usize,
    },
    /// An answer about another security than the one asked for.
    #[error("the answer is about {found}, asked was {asked}")]
    WrongSecurity {
        /// Market and symbol asked for.
        asked: String,
        /// Market and symbol found.
        found: String,
    },
}
