//! What the operators' pages of all daemons share: the shell around a page, login and sessions, languages, style, charts.
//!
//! gateway-proxy, warehouse-api and profile-registry each serve their own pages below `/console` and mount them with
//! [`Console::routes`], which puts the door before them:
//!
//! * **Session.** An admin token opens a session; the browser keeps a random number in an `HttpOnly`, `SameSite=Strict`
//!   cookie, the daemon keeps its digest in memory. The token's [`Authority`] is asked again with every request, so that a
//!   revoked token's sessions end at once.
//! * **Changes** are POST forms. Each carries the session's CSRF token, and a request that comes from another site by its
//!   `Origin` or `Sec-Fetch-Site` is refused before any handler sees it.
//! * **Pages** are HTML from [`maud`] (everything is escaped), under a policy that lets a browser run and ask nothing but
//!   what comes from here: no inline script, no inline style.
//! * **Refusals.** Handlers answer with the [`Problem`](daemon_kit::problem::Problem)s that the JSON routes use; here they
//!   become pages of the same status.
//!
//! Handlers take a [`Visit`] (who looks, in which language) and, where they change something, the checked [`Fields`].

mod address;
mod assets;
mod authority;
pub mod chart;
mod console;
mod cookies;
mod daemon;
mod fields;
mod guard;
mod headers;
mod language;
mod login;
mod origin;
mod page;
mod preferences;
mod problem_page;
mod secret_text;
mod sessions;
pub mod testing;
pub mod ui;
mod visit;

pub use authority::{Authority, Denied, TokenDigest};
pub use console::Console;
pub use daemon::{Daemon, NavItem};
pub use fields::Fields;
pub use language::{Language, Text};
pub use page::Page;
pub use visit::Visit;
