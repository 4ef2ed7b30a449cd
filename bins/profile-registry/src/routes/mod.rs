//! One file per address.

pub(crate) mod begun;
pub(crate) mod claims;
pub(crate) mod commits;
pub(crate) mod credentials;
pub(crate) mod diff;
pub(crate) mod history;
pub(crate) mod host_env;
pub(crate) mod hosts;
pub(crate) mod login;
pub(crate) mod operation_consent;
pub(crate) mod operation_telegram;
pub(crate) mod operations;
pub(crate) mod order_paired;
pub(crate) mod orders;
pub(crate) mod ownership;
pub(crate) mod payments_wechat;
pub(crate) mod pools;
pub(crate) mod profiles;
mod profiles_access;
pub(crate) mod profiles_content;
mod profiles_query;
mod profiles_row;
pub(crate) mod provision;
pub(crate) mod restore;
pub(crate) mod telegram_app;
pub(crate) mod templates;
pub(crate) mod transfers;
