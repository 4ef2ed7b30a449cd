//! The way to them.

use crate::Books;

/// The operations in the books.
#[derive(Clone, Debug)]
pub struct Operations {
    pub(super) books: Books,
}

impl Operations {
    /// Kept in `books`.
    pub fn new(books: Books) -> Self {
        Self { books }
    }
}
