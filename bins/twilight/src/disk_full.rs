//! Whether an operation failed for want of room.

use std::io::{Error, ErrorKind};

/// Whether nothing but room is missing, however the system calls it.
pub(crate) fn is_disk_full(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::FileTooLarge | ErrorKind::QuotaExceeded)
}
