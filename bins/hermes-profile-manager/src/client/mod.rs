//! The registry's JSON API.

mod error;
mod hosts;
mod http_client;
mod operations;
mod profiles;

pub(crate) use error::{ClientError, Problem};
pub(crate) use http_client::Client;
pub(crate) use operations::{Begun, Told};
#[cfg(test)]
pub(crate) use profiles::ContentFile;
pub(crate) use profiles::{Change, CommitEntry, Content, Fetched, Landed, ProfileRow};
