//! Templates of profiles: a folder with placeholders, and what it becomes with values.
//!
//! A placeholder is `{{NAME}}`, `{{NAME:type}}` or `{{NAME:type=default}}`; the types are those of [`ValueType`]. One
//! place declares type and default, every other may use the bare name. In YAML and JSON it stands inside of a quoted
//! string and is replaced in the parsed document, never in its text: whatever a value holds, it stays one string (or,
//! where the placeholder is the whole string, one number or one truth value), and the result is read back before it
//! counts. In prose it is replaced in the text by a value of one line. Skills are copied as they are.
//!
//! | in the template | in the profile |
//! |---|---|
//! | `config.yaml.template` | `config.yaml`, with its comments |
//! | `SOUL.md`, `AGENTS.md`, `CLAUDE.md` | the same |
//! | `secrets.schema.json` | the same, with the settings filled in |
//! | `crontab.json` | `cron/jobs.json` |
//! | `skills/**` | the same, byte for byte |
//! | `README.md` | nothing: it is about the template |
//!
//! Rendering has no clock and no chance in it: the same values give the same bytes. What depends on the machine
//! (absolute paths, which host runs the jobs) is put in by [`for_host`] and taken out by [`from_host`].

mod crontab;
mod error;
mod folder;
mod host;
mod placeholder;
mod shipped;
mod substitute;
mod value_type;

pub use error::TemplateError;
pub use folder::{Files, Rendered, Template, Values, version};
pub use host::{Host, HostError, for_host, from_host};
pub use placeholder::Placeholder;
pub use shipped::shipped;
pub use value_type::ValueType;

#[cfg(test)]
mod tests;
