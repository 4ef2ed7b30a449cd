//! Templates on this machine: which there are, what a profile made of one becomes, and templates of one's own.

mod apply;
mod base64_files;
mod create;
mod env;
mod found;
mod place;
mod told;

pub(crate) use apply::{Applied, Apply, apply};
pub(crate) use create::from_profile;
pub(crate) use env::env_after;
pub(crate) use found::{TemplateFiles, all, find, name as template_name};
pub(crate) use place::{Local, local, publish, write};
pub(crate) use told::{shown, to_json};
