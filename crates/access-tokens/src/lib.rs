//! Client tokens: made and kept by the gateway, known to every daemon through Redis and a file.
//!
//! ```text
//! gateway-proxy's ledger ──publish──► Redis ──follow──► Directory of every other daemon
//!                                                          └──► last known good, a file
//! ```
//!
//! * Only digests travel and rest: the text of a token ([`TokenText`]) is seen once, by whoever asked for it.
//! * A [`Listing`] has a version; an older one never takes the place of a newer one, on no path.
//! * Redis is not needed to let callers in: a daemon starts from its [`LastKnownGood`], however old that is, and says how
//!   old ([`Directory::age`], `access_tokens_age_seconds`). It is needed for a revocation to arrive: at once through a
//!   message, and within one poll (ten seconds) where the message was lost.
//!
//! It does not decide what a scope opens, counts no money, and knows nothing of HTTP.

mod digest;
mod directory;
mod follow;
mod grant;
mod last_known_good;
mod listing;
mod model_patterns;
mod now;
mod publish;
mod scopes;
mod store;
mod token_text;

pub use digest::{Digest, DigestError};
pub use directory::{Denied, Directory, Replaced};
pub use follow::Follower;
pub use grant::Grant;
pub use last_known_good::{CacheError, LastKnownGood};
pub use listing::{Listing, ListingError};
pub use model_patterns::{ModelPatterns, PatternError};
pub use now::Now;
pub use publish::Publisher;
pub use scopes::{Scope, ScopeError, Scopes};
pub use store::{StoreError, TokenStore};
pub use token_text::{NoRandomness, TokenText};
