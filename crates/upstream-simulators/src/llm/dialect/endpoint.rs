//! What can be asked.

use serde::{Deserialize, Serialize};

/// One door of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LlmEndpoint {
    /// `POST /chat/completions`.
    Chat,
    /// `POST /completions`.
    Completions,
    /// `POST /embeddings`.
    Embeddings,
    /// `POST /rerank`.
    Rerank,
    /// `GET /models`.
    Models,
    /// `GET /user/info`, the account's balance.
    Balance,
}

impl LlmEndpoint {
    /// Behind a method and a path without the API's prefix.
    pub(in crate::llm) fn of(method: &hyper::Method, path: &str) -> Option<Self> {
        let post = method == hyper::Method::POST;
        Some(match path {
            "/chat/completions" if post => Self::Chat,
            "/completions" if post => Self::Completions,
            "/embeddings" if post => Self::Embeddings,
            "/rerank" | "/reranks" if post => Self::Rerank,
            "/models" if !post => Self::Models,
            "/user/info" if !post => Self::Balance,
            _ => return None,
        })
    }

    /// Whether an answer costs tokens.
    pub(in crate::llm) fn costs(self) -> bool {
        !matches!(self, Self::Models | Self::Balance)
    }
}
