//! Hermes's folder, and the profiles in it.

mod bundled;
mod hermes_home;
mod local;

pub(crate) use bundled::untouched as untouched_skills;
pub(crate) use hermes_home::Home;
pub(crate) use local::{AGENTS_COPY, LocalFile, LocalProfile};
