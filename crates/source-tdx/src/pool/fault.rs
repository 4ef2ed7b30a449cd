//! What a server can do wrong.

use crate::wire::WireError;

/// Why an attempt with one server failed. None of these ever means that there is no data.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Fault {
    /// No connection.
    #[error("no connection: {0}")]
    Connect(String),
    /// No complete answer in time.
    #[error("no complete answer within {0} ms")]
    Silence(u128),
    /// The connection ended before the answer did.
    #[error("the connection dropped: {0}")]
    Dropped(String),
    /// The connection had ended before the question was asked: an idle one that the server closed. Worth one more attempt
    /// with a new connection before anybody is blamed.
    #[error("the idle connection was closed")]
    Stale,
    /// An answer that cannot be read.
    #[error("{0}")]
    Wire(#[from] WireError),
    /// An answer that can be read and cannot be true.
    #[error("{0}")]
    Implausible(String),
}
