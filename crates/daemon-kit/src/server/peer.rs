use std::net::SocketAddr;

/// Who is at the other end of the connection: a caller, or a proxy before it. Handlers take it with `Extension<Peer>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);
