//! The steps at which a fault test can kill this process.

/// A lease is in the books, and nobody may spend it yet.
pub const LEASE_TAKEN: &str = "GatewayLeaseTaken";

/// An answer is charged in memory, and its record is on its way to the books.
pub const CHARGED: &str = "GatewayCharged";

/// Shutdown has begun: everything is settled, and no lease is given back yet.
pub const BEFORE_RETURN: &str = "GatewayBeforeReturn";
