//! What every gateway is asked: a chat of usual size.

use std::net::SocketAddr;

/// The model by its callers' name.
pub(super) const MODEL: &str = "mock";
/// Where it is asked for.
pub(super) const PATH: &str = "/v1/chat/completions";

/// The body: a system prompt and a question, 300 bytes.
pub(super) fn body(stream: bool) -> String {
    let streamed = if stream { r#""stream":true,"# } else { "" };
    format!(
        r#"{{"model":"{MODEL}","max_tokens":64,{streamed}"messages":[{{"role":"system","content":"You are a helpful assistant for A-share research."}},{{"role":"user","content":"What is the closing price of 600519.SH today and how did it change against the day before?"}}]}}"#
    )
}

/// The whole request, as bytes. `headers` are lines, each ended with CRLF.
pub(super) fn request(address: SocketAddr, headers: &str, stream: bool) -> Vec<u8> {
    let body = body(stream);
    format!(
        "POST {PATH} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
