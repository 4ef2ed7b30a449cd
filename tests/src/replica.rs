//! A warehouse to copy from, a replica of it, and the line between them, which a test may cut.

mod line;
mod servers;
mod site;
mod source;

pub use line::{Cut, Line};
pub use servers::{RsyncDaemon, Sshd};
pub use site::{Replica, wrapper};
pub use source::Source;
