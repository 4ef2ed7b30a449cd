//! One file per route.

pub(crate) mod admin_audit;
pub(crate) mod admin_channels;
pub(crate) mod admin_prices;
pub(crate) mod admin_reconcile;
pub(crate) mod admin_requests;
pub(crate) mod admin_search;
pub(crate) mod admin_tokens;
pub(crate) mod admin_usage;
pub(crate) mod chat_completions;
pub(crate) mod completions;
pub(crate) mod embeddings;
pub(crate) mod models;
pub(crate) mod rerank;
pub(crate) mod search;
pub(crate) mod unknown;
