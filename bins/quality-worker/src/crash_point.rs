//! The steps at which a fault test can kill this process.

/// The first part of a check's findings is in the queue, the check is not done.
pub const PART_PUSHED: &str = "QualityPartPushed";

/// Every part is in the queue, nobody was told.
pub const CHECK_RECORDED: &str = "QualityCheckRecorded";

/// A target has a message, and it is not noted yet.
pub const ALERT_SENT: &str = "QualityAlertSent";
