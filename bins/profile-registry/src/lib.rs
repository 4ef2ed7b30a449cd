//! Serves agent profiles out of git, and lets only their owners change them.
//!
//! `identity` proves who somebody is: a person by Telegram, a payer by WeChat Pay's notification. `books` keep what git
//! must not: operations in flight, proofs that were used, orders, credentials, sealed secrets. `operations` wait for proofs
//! and are then carried out in git; `provisioning` makes profiles of payments; `auth` knows by a token who asks; `routes` are
//! the HTTP API, `console` the operators' pages, `git` serves stock git, and `router` says who gets to which of them.

mod auth;
mod books;
mod configured;
mod console;
mod failure;
mod gateway_client;
mod git;
mod identity;
mod jobs;
mod operations;
pub mod provisioning;
mod registry;
mod router;
mod routes;
mod run;
mod secrets;
mod wechat_client;

pub use auth::Actor;
pub use books::{Books, BooksError};
pub use gateway_client::{GatewayClient, GatewayError, NewToken, token_id};
pub use git::{Hook, Told, authorized_keys, pack, run_hook, serve_ssh};
pub use identity::{telegram, wechat};
pub use operations::{
    Begun, Collected, Kind, OPERATION_IN_GIT, Operation, OperationId, OperationRefused, Operations, Side, State,
};
pub use run::{Options, run};
pub use secrets::{Cooling, DotenvProblem, Host, HostRecipient, PoolCount, Sealed, Vault, VaultError, render_dotenv};
pub use wechat_client::{QueryFailed, WechatClient};
