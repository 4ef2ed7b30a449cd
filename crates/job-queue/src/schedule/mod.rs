//! Jobs by the clock.

mod expression;
mod scheduler;

pub use expression::{CronExpression, ScheduleError};
pub use scheduler::{Clock, Fired, Scheduler};
