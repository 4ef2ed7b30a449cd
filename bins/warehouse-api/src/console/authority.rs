//! Who may look: whoever has a token that reads and commands.

use std::sync::Arc;

use access_tokens::{Denied as Refused, Digest};
use daemon_kit::config::Scope;
use futures::future::{BoxFuture, ready};
use operator_console::{Authority, Denied, TokenDigest};

use crate::auth::{NotAdmitted, Tokens, name};

/// The pages show what `read` opens and do what `admin` opens.
const SCOPES: [Scope; 2] = [Scope::Admin, Scope::Read];

impl Authority for Tokens {
    fn admit<'a>(&'a self, token: &'a TokenDigest) -> BoxFuture<'a, Result<Arc<str>, Denied>> {
        let admitted = Self::admit(self, &Digest::from_bytes(*token.as_bytes()), &SCOPES);
        let admitted = admitted.map(|caller| caller.shared_name()).map_err(|refused| match refused {
            NotAdmitted::Token(Refused::Unknown) => Denied::Unknown,
            NotAdmitted::Token(Refused::Expired { .. }) => Denied::Expired,
            NotAdmitted::Lacks(scope) => Denied::Lacks { scope: name(scope) },
        });
        Box::pin(ready(admitted))
    }
}
