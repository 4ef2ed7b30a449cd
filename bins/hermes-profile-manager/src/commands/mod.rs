//! One file for each command.

pub(crate) mod adopt;
pub(crate) mod claim;
pub(crate) mod doctor;
pub(crate) mod history;
pub(crate) mod host;
pub(crate) mod list;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod ownership;
mod proof;
pub(crate) mod restore;
pub(crate) mod show;
pub(crate) mod sync;
pub(crate) mod template;
