//! Whose token opens the pages: the operators', which the configuration has.

use std::sync::Arc;

use access_tokens::Digest;
use futures::{FutureExt as _, future::BoxFuture};
use operator_console::{Authority, Denied, TokenDigest};

use crate::{Actor, registry::Registry};

/// Asks the registry.
pub(super) struct Operators(pub(super) Arc<Registry>);

impl Authority for Operators {
    fn admit<'a>(&'a self, token: &'a TokenDigest) -> BoxFuture<'a, Result<Arc<str>, Denied>> {
        async move {
            match self.0.credentials.of_digest(Digest::from_bytes(*token.as_bytes())).await {
                Ok(Some(actor @ Actor::Admin)) => Ok(actor.to_string().into()),
                Ok(Some(Actor::Owner(_) | Actor::Host(_))) => Err(Denied::Lacks { scope: "admin" }),
                Ok(None) => Err(Denied::Unknown),
                Err(error) => {
                    tracing::error!("look for whose token it is: {error}");
                    Err(Denied::Unavailable)
                }
            }
        }
        .boxed()
    }
}
