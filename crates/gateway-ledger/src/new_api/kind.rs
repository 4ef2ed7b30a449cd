//! New-API's channel types that speak a dialect known here.

/// What a type stands for.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    number: i64,
    pub(super) dialect: &'static str,
    /// The type's own address; `None` where it is the dialect's default.
    pub(super) base_url: Option<&'static str>,
    /// What comes behind the address.
    pub(super) path: &'static str,
}

const KINDS: &[Kind] = &[
    Kind { number: 1, dialect: "openai", base_url: None, path: "/v1" },
    Kind { number: 17, dialect: "dashscope", base_url: None, path: "/compatible-mode/v1" },
    Kind { number: 20, dialect: "openai", base_url: Some("https://openrouter.ai/api"), path: "/v1" },
    Kind { number: 25, dialect: "openai", base_url: Some("https://api.moonshot.cn"), path: "/v1" },
    Kind { number: 40, dialect: "siliconflow", base_url: None, path: "/v1" },
    Kind { number: 43, dialect: "openai", base_url: Some("https://api.deepseek.com"), path: "/v1" },
    Kind { number: 48, dialect: "openai", base_url: Some("https://api.x.ai"), path: "/v1" },
];

/// The type of a number; `None` for one that no dialect here speaks.
pub(super) fn of(number: i64) -> Option<Kind> {
    KINDS.iter().find(|kind| kind.number == number).copied()
}
