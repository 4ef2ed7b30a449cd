//! Time, as an argument.

use std::sync::Arc;

use chrono::{DateTime, Utc};

/// What time it is, asked when it is needed.
pub type Now = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;
