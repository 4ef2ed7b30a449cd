//! The providers that are spoken to, and where they differ.

use std::{fmt, str::FromStr};

use crate::Endpoint;

/// How a provider names its paths, its refusals and its limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// SiliconFlow: no `error` object, errors are `{code, message, data}` or bare text.
    SiliconFlow,
    /// Alibaba's DashScope (Model Studio) in its OpenAI-compatible mode.
    DashScope,
    /// OpenAI itself, and servers that imitate it closely.
    OpenAi,
    /// A New-API (or one-api) gateway as an upstream.
    NewApi,
}

/// A dialect that is not one of the four.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no dialect {text:?}; allowed: siliconflow, dashscope, openai, new-api")]
pub struct UnknownDialect {
    text: String,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::SiliconFlow, Self::DashScope, Self::OpenAi, Self::NewApi];

    /// Its name in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SiliconFlow => "siliconflow",
            Self::DashScope => "dashscope",
            Self::OpenAi => "openai",
            Self::NewApi => "new-api",
        }
    }

    /// Where the provider lives; none for New-API, which everybody hosts elsewhere.
    pub const fn default_base_url(self) -> Option<&'static str> {
        match self {
            Self::SiliconFlow => Some("https://api.siliconflow.cn/v1"),
            Self::DashScope => Some("https://dashscope.aliyuncs.com/compatible-mode/v1"),
            Self::OpenAi => Some("https://api.openai.com/v1"),
            Self::NewApi => None,
        }
    }

    /// The path of an endpoint below the base URL; none where the provider has no such endpoint.
    pub const fn path(self, endpoint: Endpoint) -> Option<&'static str> {
        match endpoint {
            Endpoint::ChatCompletions => Some("/chat/completions"),
            Endpoint::Completions => Some("/completions"),
            Endpoint::Embeddings => Some("/embeddings"),
            Endpoint::Rerank => match self {
                Self::SiliconFlow | Self::NewApi => Some("/rerank"),
                // DashScope reranks only in its native protocol, OpenAI not at all.
                Self::DashScope | Self::OpenAi => None,
            },
        }
    }

    /// The path below the base URL that tells an account's balance; none where there is no such question.
    pub(crate) const fn balance_path(self) -> Option<&'static str> {
        match self {
            Self::SiliconFlow => Some("/user/info"),
            Self::DashScope | Self::OpenAi | Self::NewApi => None,
        }
    }

    /// Whether limits hold per second too (a sixtieth of the minute's), so that requests have to be spread.
    pub const fn per_second_limits(self) -> bool {
        matches!(self, Self::DashScope)
    }

    /// Whether `max_completion_tokens` bounds an answer. Others pass over what they do not document.
    pub(crate) const fn knows_max_completion_tokens(self) -> bool {
        matches!(self, Self::OpenAi | Self::NewApi)
    }

    /// The field that bounds the answer's length. OpenAI's reasoning models refuse `max_tokens`; everybody else,
    /// and everything that only imitates OpenAI, knows it best.
    pub fn max_tokens_field(self, endpoint: Endpoint, upstream_model: &str) -> &'static str {
        const REASONING: [&str; 4] = ["o1", "o3", "o4", "gpt-5"];
        let reasons = REASONING.iter().any(|prefix| upstream_model.starts_with(prefix));
        if self == Self::OpenAi && endpoint == Endpoint::ChatCompletions && reasons {
            "max_completion_tokens"
        } else {
            "max_tokens"
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(text: &str) -> Result<Self, UnknownDialect> {
        Self::ALL
            .into_iter()
            .find(|dialect| dialect.name() == text)
            .ok_or_else(|| UnknownDialect { text: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_and_another_names_what_is_allowed() {
        for dialect in Dialect::ALL {
            assert_eq!(dialect.to_string().parse(), Ok(dialect));
        }
        let error = "azure".parse::<Dialect>().unwrap_err().to_string();
        assert_eq!(error, "no dialect \"azure\"; allowed: siliconflow, dashscope, openai, new-api");
    }

    #[test]
    fn every_dialect_has_chat_and_only_two_have_rerank() {
        let has = |endpoint| Dialect::ALL.into_iter().filter(move |dialect| dialect.path(endpoint).is_some()).count();
        assert_eq!(Endpoint::ALL.map(has), [4, 4, 4, 2]);
    }

    #[test]
    fn only_reasoning_models_of_openai_are_bounded_by_max_completion_tokens() {
        let field = |dialect: Dialect, model| dialect.max_tokens_field(Endpoint::ChatCompletions, model);
        assert_eq!(field(Dialect::OpenAi, "gpt-5-mini"), "max_completion_tokens");
        assert_eq!(field(Dialect::OpenAi, "gpt-4o"), "max_tokens");
        assert_eq!(field(Dialect::NewApi, "gpt-5-mini"), "max_tokens");
        assert_eq!(Dialect::OpenAi.max_tokens_field(Endpoint::Completions, "o1"), "max_tokens");
    }
}
