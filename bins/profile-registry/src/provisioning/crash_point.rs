//! The steps at which a fault test can kill this process.

use daemon_kit::crash_point::CrashPoint;

/// Every step, in the order in which an order that is refunded in the end passes them; the last four are those of a profile
/// whose time is over.
pub const CRASH_POINTS: [&str; 24] = [
    "RegistryBeforePaid",
    "RegistryAfterPaid",
    "RegistryBeforeSeal",
    "RegistryAfterSeal",
    "RegistryBeforeRegister",
    "RegistryBetweenTokens",
    "RegistryTokensRegistered",
    "RegistryAfterRegister",
    "RegistryBeforeCommit",
    "RegistryInGit",
    "RegistryAfterCommit",
    "RegistryHostChosen",
    "RegistryBeforeAcknowledged",
    "RegistryAfterAcknowledged",
    "RegistryBeforeRefund",
    "RegistryAfterRefund",
    "RegistryTokensRevoked",
    "RegistryJobsNoted",
    "RegistryJobsPaused",
    "RegistryQuarantined",
    "RegistryBeforeSuspend",
    "RegistrySuspending",
    "RegistrySuspensionRevoked",
    "RegistrySuspended",
];

/// Dies at `step`, if that was asked for.
pub(crate) fn reached(crash_at: Option<&CrashPoint>, step: &'static str) {
    debug_assert!(CRASH_POINTS.contains(&step), "{step} is not on the list");
    if let Some(point) = crash_at {
        point.reached(step);
    }
}
