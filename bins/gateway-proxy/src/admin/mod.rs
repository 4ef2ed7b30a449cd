//! What all routes below `/admin` share: who may ask, how parameters and bodies are read, how pages are linked, what
//! an error of the books means.

mod auth;
mod failure;
mod page;
mod params;
mod probe;
mod queries;
mod refused;

pub(crate) use auth::{AdminAuth, Caller, NoOperator, require_admin};
pub(crate) use daemon_kit::body::{Field, missing, parse_body, parse_fields, parse_object, read_body, shown};
pub(crate) use failure::problem;
pub(crate) use page::{limit, next_href, next_link};
pub(crate) use params::Params;
pub(crate) use probe::{Probed, probe};
pub(crate) use queries::{audit_filter, request_filter, spending_query};
pub(crate) use refused::{refused, unknown_channel};
