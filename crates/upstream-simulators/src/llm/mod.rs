//! A provider of language models behind an OpenAI-compatible API, as SiliconFlow, DashScope, OpenAI and New-API are.
//!
//! [`LlmServer`] is the careful one: it knows its keys, bills what a real provider would bill (to callers that hang up as
//! well), enforces limits over sliding windows, refuses in the dialect's own words, and misbehaves on request, per key and
//! per call ([`LlmFaults`]). [`FastLlm`] is the same face without a memory: precomputed bytes, for measuring what stands in
//! front of it.

mod answer;
mod ask;
mod bend;
mod books;
mod calls;
mod control;
mod dialect;
mod embeddings;
mod fast;
mod fault;
mod faults;
mod generation;
mod limits;
mod listener;
mod options;
mod receipt;
mod refusal;
mod reply;
mod rerank;
mod respond;
mod script;
mod server;
mod stream;
mod tokens;
mod vendor;
mod whole;

pub use answer::LlmAnswer;
pub use books::LlmBook;
pub use calls::{LlmCall, LlmCalls};
pub use dialect::{LlmDialect, LlmEndpoint};
pub use fast::{FastLlm, FastOptions};
pub use fault::{LlmFault, LlmFaultRule};
pub use faults::LlmFaults;
pub use options::{LlmKey, LlmLimits, LlmOptions, LlmPrice};
pub use refusal::LlmRefusal;
pub use server::LlmServer;
