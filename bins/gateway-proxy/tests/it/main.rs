//! The gateway as its callers and its operators see it: the whole daemon in this process, over upstreams that the tests
//! write themselves or that simulate a provider.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod control;
mod dialects;
mod midnight;
mod relay_bodies;
mod relay_commit;
mod relay_disconnects;
mod relay_fallback;
mod relay_honesty;
mod relay_refusals;
mod relay_streams;
mod rivals;
mod search;
mod support;
