//! The operators' pages: profiles and their history, orders, templates, hosts, tokens.
//!
//! What they show and do is what the JSON routes show and do, by the same functions; here it is HTML, for whoever has the
//! operators' token. [`mount::routes`] puts them behind the console's door.

mod audit_table;
mod authority;
mod credentials;
mod diff_view;
mod grid;
mod hosts;
mod mount;
mod order;
mod order_actions;
mod orders;
mod orders_table;
mod profile;
mod profile_commit;
mod profile_drift;
mod profile_file;
mod profile_history;
mod profiles;
mod profiles_cells;
mod profiles_data;
mod templates;
mod words;

pub(crate) use mount::routes;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_scale;
