//! The connections over real sockets, against servers that are written byte by byte: what is sent (`sending`), what
//! goes wrong (`faults`), which connections are used again (`reuse`), TLS and HTTP/2 (`http2`), free questions
//! (`probes`).

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod faults;
// Apple's verifier takes no certificate that is valid for longer than 825 days.
#[cfg(not(target_vendor = "apple"))]
mod http2;
mod kit;
mod probes;
mod reuse;
mod sending;
#[cfg(not(target_vendor = "apple"))]
mod tls;
