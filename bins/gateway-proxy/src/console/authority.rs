//! Who may look: whoever may use the operators' routes.

use std::sync::Arc;

use access_tokens::{Denied as Unknown, Digest};
use futures::{FutureExt as _, future::BoxFuture};
use operator_console::{Authority, Denied, TokenDigest};

use crate::admin::{AdminAuth, NoOperator};

/// The configured admin token, and access tokens with the scope `admin`.
pub(super) struct Operators(pub(super) AdminAuth);

impl Authority for Operators {
    fn admit<'a>(&'a self, token: &'a TokenDigest) -> BoxFuture<'a, Result<Arc<str>, Denied>> {
        let recognized = self.0.recognize(&Digest::from_bytes(*token.as_bytes()), self.0.now());
        let admitted = recognized.map_err(|refused| match refused {
            NoOperator::Lacks => Denied::Lacks { scope: "admin" },
            NoOperator::Denied(Unknown::Unknown) => Denied::Unknown,
            NoOperator::Denied(Unknown::Expired { .. }) => Denied::Expired,
        });
        std::future::ready(admitted).boxed()
    }
}
