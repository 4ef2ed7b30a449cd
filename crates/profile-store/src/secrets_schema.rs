//! `secrets.schema.json`: what a profile needs in its `.env`, where each value comes from, and what it looks like.
//!
//! A JSON Schema of the `.env` as one object of strings, of which a small part is allowed, with `x-` members for what
//! JSON Schema does not say:
//!
//! ```json
//! {
//!   "$schema": "https://json-schema.org/draft/2020-12/schema",
//!   "type": "object",
//!   "additionalProperties": true,
//!   "required": ["TWILIGHT_API_TOKEN"],
//!   "properties": {
//!     "TWILIGHT_API_TOKEN": {"type": "string", "x-source": "generated", "x-scopes": ["read"], "description": "…"},
//!     "TELEGRAM_BOT_TOKEN": {"type": "string", "x-source": "from_pool", "x-pool": "telegram_bot", "pattern": "^[0-9]{8,10}:…$"},
//!     "SEARXNG_URL": {"type": "string", "const": "http://127.0.0.1:3000"}
//!   }
//! }
//! ```
//!
//! A bot speaks through one channel. Where the schema names it (`"x-channel": "telegram"`), a variable with an `x-channel`
//! of its own counts only if that is the same one: a profile for WeChat needs no Telegram token.

mod entry;
mod schema;

pub use entry::{Entry, Source};
pub use schema::{Problem, SchemaError, SecretsSchema};

#[cfg(test)]
mod tests;
