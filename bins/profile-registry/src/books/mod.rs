//! What git must not keep: operations in flight, proofs that were used, orders, credentials, sealed secrets. SQLite.

pub(crate) mod audit;
mod error;
mod moment;
mod open;
mod schema;

pub use error::BooksError;
pub(crate) use moment::Moment;
pub use open::Books;
