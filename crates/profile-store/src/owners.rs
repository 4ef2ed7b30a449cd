//! `OWNERS`: one line per profile, `profile_name | owner_id | verified_by | claimed_at`.

mod line;
mod table;
#[cfg(test)]
mod tests;

pub use line::{OwnerLine, OwnersBroken};
pub use table::{Claim, Owners, OwnersError};
