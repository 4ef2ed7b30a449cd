//! A bar on a terminal.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};

/// What a transfer shows while it runs.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// A bar over `bytes`; nothing where `wanted` is false or stderr is no terminal.
    pub(crate) fn over(bytes: u64, wanted: bool) -> Self {
        let shown = wanted && std::io::stderr().is_terminal();
        let bar = if shown { ProgressBar::new(bytes) } else { ProgressBar::hidden() };
        let style = "{msg:<10} {bar:40} {bytes}/{total_bytes}  {elapsed} so far, {eta} to go";
        bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message("copying");
        Self(bar)
    }

    /// So many bytes are done.
    pub(crate) fn at(&self, bytes: u64) {
        self.0.set_position(bytes);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
