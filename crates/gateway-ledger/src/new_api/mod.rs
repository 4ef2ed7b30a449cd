//! Reads the SQLite file of a New-API installation: channels with their keys, prices, tokens, and what was left out.

mod channels;
mod error;
mod import;
mod kind;
mod prices;
mod read;
mod table;
mod tokens;

pub use error::NewApiError;
pub use import::{ImportedChannel, ImportedPrice, ImportedToken, NewApiImport};
pub use read::read;
