//! The four vendors.

use serde::{Deserialize, Serialize};

use super::{LlmEndpoint, dash_scope, new_api, open_ai, silicon_flow};
use crate::llm::refusal::{LlmRefusal, Refused};

/// Whose API is spoken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LlmDialect {
    /// SiliconFlow: errors without an `error` object, a balance, rerank.
    #[serde(rename = "siliconflow")]
    SiliconFlow,
    /// DashScope's compatible mode: `{"error": …, "request_id": …}`, arrears as HTTP 400.
    #[serde(rename = "dashscope")]
    DashScope,
    /// OpenAI.
    #[default]
    #[serde(rename = "openai")]
    OpenAi,
    /// Another gateway: New-API.
    #[serde(rename = "new-api")]
    NewApi,
}

impl LlmDialect {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::SiliconFlow, Self::DashScope, Self::OpenAi, Self::NewApi];

    /// What stands before the path of an endpoint.
    pub fn prefix(self) -> &'static str {
        if self == Self::DashScope { "/compatible-mode/v1" } else { "/v1" }
    }

    /// The name as configurations spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::SiliconFlow => "siliconflow",
            Self::DashScope => "dashscope",
            Self::OpenAi => "openai",
            Self::NewApi => "new-api",
        }
    }

    /// Whether it has this endpoint.
    pub fn has(self, endpoint: LlmEndpoint) -> bool {
        match endpoint {
            LlmEndpoint::Balance => self == Self::SiliconFlow,
            LlmEndpoint::Rerank => matches!(self, Self::SiliconFlow | Self::NewApi),
            _ => true,
        }
    }

    /// The header that names a request of it.
    pub(in crate::llm) fn request_id_header(self) -> &'static str {
        match self {
            Self::SiliconFlow => "x-siliconcloud-trace-id",
            Self::DashScope | Self::OpenAi => "x-request-id",
            Self::NewApi => "x-oneapi-request-id",
        }
    }

    /// How it says no.
    pub(in crate::llm) fn refuse(self, refusal: LlmRefusal, model: &str, request: &str) -> Refused {
        match self {
            Self::SiliconFlow => silicon_flow::refuse(refusal),
            Self::DashScope => dash_scope::refuse(refusal, model, request),
            Self::OpenAi => open_ai::refuse(refusal, model),
            Self::NewApi => new_api::refuse(refusal, model, request),
        }
    }
}
