//! What the model says to one call, before it is put into frames or a body.

use serde_json::{Value, json};

use super::{answer::LlmAnswer, ask::Ask, books::Bill, dialect::LlmEndpoint, fault::LlmFault, tokens};

/// When every answer was made, seconds since 1970.
pub(super) const CREATED: u64 = 1_795_406_400;

/// An answer to be.
#[derive(Debug, Clone)]
pub(super) struct Generation {
    pub(super) endpoint: LlmEndpoint,
    pub(super) number: u64,
    pub(super) model: String,
    pub(super) input: u64,
    pub(super) cached: u64,
    pub(super) thinking: u64,
    /// Tokens of the text, thinking not included, of one choice.
    pub(super) text: u64,
    pub(super) choices: u64,
    pub(super) finish: &'static str,
    pub(super) tool: Option<String>,
    pub(super) include_usage: bool,
    usage: Told,
    /// So many bytes of text in place of the tokens' own.
    pub(super) huge: Option<usize>,
}

/// What the answer says about its usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Times(i64),
    Nothing,
}

impl Generation {
    pub(super) fn new(endpoint: LlmEndpoint, ask: &Ask, answer: &LlmAnswer, faults: &[LlmFault], number: u64) -> Self {
        let ignored = faults.iter().find_map(|fault| match fault {
            LlmFault::IgnoreMaxTokens(tokens) => Some(*tokens),
            _ => None,
        });
        let usage = faults.iter().find_map(|fault| match fault {
            LlmFault::UsageMissing => Some(Told::Nothing),
            LlmFault::UsageZero => Some(Told::Times(0)),
            LlmFault::UsageTimes(times) => Some(Told::Times(i64::from(*times))),
            LlmFault::UsageNegative => Some(Told::Times(-1)),
            _ => None,
        });
        let huge = faults.iter().find_map(|fault| if let LlmFault::Huge(bytes) = fault { Some(*bytes) } else { None });
        let most = if ignored.is_some() { u64::MAX } else { ask.max_tokens.unwrap_or(u64::MAX) };
        let says = matches!(endpoint, LlmEndpoint::Chat | LlmEndpoint::Completions);
        let (thinking, text) = if says {
            let thinking = answer.thinking.min(most);
            (thinking, ignored.or(ask.wanted).unwrap_or(answer.tokens).min(most - thinking))
        } else {
            (0, 0)
        };
        let tool = ask.tool.clone().filter(|_| endpoint == LlmEndpoint::Chat);
        let finish = if ignored.is_none() && ask.max_tokens.is_some_and(|most| thinking + text >= most) {
            "length"
        } else if tool.is_some() {
            "tool_calls"
        } else {
            "stop"
        };
        Self {
            endpoint,
            number,
            model: ask.model.clone(),
            input: ask.input,
            cached: ask.input * answer.cached_per_mille / 1000,
            thinking,
            text,
            choices: if says { ask.choices } else { 1 },
            finish,
            tool,
            include_usage: ask.include_usage,
            usage: usage.unwrap_or(Told::Times(1)),
            huge,
        }
    }

    /// The provider's own name for it.
    pub(super) fn id(&self) -> String {
        format!("sim-{}", self.number)
    }

    /// Tokens of all choices.
    pub(super) fn output(&self) -> u64 {
        (self.thinking + self.text) * self.choices
    }

    pub(super) fn bill_for_prompt(&self) -> Bill {
        Bill { input: self.input, cached: self.cached, output: 0 }
    }

    pub(super) fn bill(&self) -> Bill {
        Bill { output: self.output(), ..self.bill_for_prompt() }
    }

    /// The usage after so many tokens of output, as this answer tells it.
    pub(super) fn usage(&self, output: u64) -> Option<Value> {
        let Told::Times(times) = self.usage else { return None };
        let told = |tokens: u64| i64::try_from(tokens).unwrap_or(i64::MAX).saturating_mul(times);
        let mut usage = json!({"prompt_tokens": told(self.input), "total_tokens": told(self.input + output)});
        if matches!(self.endpoint, LlmEndpoint::Chat | LlmEndpoint::Completions) {
            usage["completion_tokens"] = told(output).into();
        }
        if self.cached > 0 {
            usage["prompt_tokens_details"] = json!({"cached_tokens": told(self.cached)});
        }
        if self.thinking > 0 {
            let thinking = output.min(self.thinking * self.choices);
            usage["completion_tokens_details"] = json!({"reasoning_tokens": told(thinking)});
        }
        Some(usage)
    }

    /// The text of the tokens `from..to`.
    pub(super) fn words(&self, from: u64, to: u64) -> String {
        match self.huge {
            Some(bytes) if from == 0 => "x".repeat(bytes),
            _ => tokens::text(from, to),
        }
    }

    /// The arguments of the function call in as many pieces as there are tokens.
    pub(super) fn arguments(&self, from: u64, to: u64) -> String {
        let whole = r#"{"code": "600519.SH", "days": 5}"#;
        let piece = whole.len().div_ceil(usize::try_from(self.text.max(1)).unwrap_or(usize::MAX)).max(1);
        let at = |token: u64| usize::try_from(token).unwrap_or(usize::MAX).saturating_mul(piece).min(whole.len());
        whole[at(from)..at(to)].to_owned()
    }
}
