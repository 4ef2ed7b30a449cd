//! LLM providers over HTTP: their dialects, refusals, streams and connections.
//!
//! A [`Target`] is one provider's address with one key. [`Upstreams`] sends to it over pooled connections and gives an
//! [`Answer`] whose body is passed on as it arrives. What is not a success goes through [`classify`], which says what
//! it means (a [`route_policy::Verdict`]) and how a caller is told (an [`OpenAiError`]); the tables behind it are data.
//! [`request`] reads of a body what routing needs and splices what must be changed, [`sse`] cuts a stream into frames
//! without copying, and [`usage`] reads what an answer cost.
//!
//! It decides nothing about routes and keeps no books, and no key leaves it but in the one header that needs it.

mod answer;
mod api_key;
mod classify;
mod dialect;
mod endpoint;
mod mask;
mod openai_error;
pub mod request;
mod send_error;
mod skim;
pub mod sse;
mod target;
pub mod tokens;
mod upstreams;
pub mod usage;

pub use answer::{Answer, AnswerBody, BodyError, CollectError};
pub use api_key::ApiKey;
pub use classify::{Refused, classify, classify_event, classify_success};
pub use dialect::{Dialect, UnknownDialect};
pub use endpoint::Endpoint;
pub use openai_error::OpenAiError;
pub use send_error::SendError;
pub use target::{Target, TargetError};
pub use upstreams::{BalanceError, Probe, ProbeResult, Resolve, UpstreamOptions, Upstreams};
