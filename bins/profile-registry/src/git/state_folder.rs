//! The store, opened alike by the daemon and by the programs that work beside it.

use std::path::Path;

use profile_store::{Store, StoreError, allow_list::Limits};

/// Opens the store in the registry's folder. One policy holds in every process only because all of them open it here.
///
/// # Errors
/// As [`Store::open_or_create`].
pub(crate) fn open_store(state: &Path) -> Result<Store, StoreError> {
    Store::open_or_create(state, Limits::default())
}
