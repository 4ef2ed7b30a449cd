//! Failures of a transfer that the next step decides upon.

/// Why rsync stopped.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// A file of the source is not there (any more): the source may have published meanwhile.
    Vanished(String),
    /// Anything else, in rsync's own words.
    Failed(String),
}

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::Vanished(text) | Self::Failed(text)) = self;
        f.write_str(text)
    }
}

impl std::error::Error for Stopped {}

/// What arrived is not what its manifest says; every line names its file. Nothing was made current.
#[derive(Debug)]
pub(crate) struct NotWhole(pub(crate) Vec<String>);

impl std::fmt::Display for NotWhole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the copy is not whole and was not made current: {}", self.0.join("; "))
    }
}

impl std::error::Error for NotWhole {}
