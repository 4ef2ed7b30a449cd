//! `sealed` → `registered`: the gateway knows the tokens of the profile by their digests.

use access_tokens::Digest;

use super::super::{
    Provisioner,
    halt::{Halt, Step},
    order::{Order, OrderState},
    product::From,
    provisioner::step,
};
use crate::{
    gateway_client::{GatewayClient, NewToken, token_id},
    secrets::delivery,
};

impl Provisioner {
    pub(in super::super) async fn register(&self, order: &Order) -> Result<Step, Halt> {
        let tokens = self.tokens(order).await?;
        self.crash("RegistryBeforeRegister");
        if !tokens.is_empty() {
            let gateway = self.gateway()?;
            for token in &tokens {
                gateway.register(token).await?;
                self.crash("RegistryBetweenTokens");
            }
            self.parts().alerts.is_well("gateway", self.now()).await;
        }
        self.crash("RegistryTokensRegistered");
        let (now, number, order) = (self.now(), order.out_trade_no.clone(), order.clone());
        self.parts().books.write(move |tx| step(tx, &order, OrderState::Registered, now)).await?;
        self.crash("RegistryAfterRegister");
        tracing::info!(order = number, "the tokens of order {number} are registered");
        Ok(Step::Moved)
    }

    pub(in super::super) fn gateway(&self) -> Result<&GatewayClient, Halt> {
        self.parts().gateway.as_ref().ok_or_else(|| Halt::Alert {
            about: "gateway".to_owned(),
            why: "profile-registry.gateway_token is not configured".to_owned(),
        })
    }

    /// The tokens that were made for an order, as the gateway is told of them.
    pub(in super::super) async fn tokens(&self, order: &Order) -> Result<Vec<NewToken>, Halt> {
        let (product, profile) = (self.catalog().get(&order.product)?, order.profile_name()?);
        let holder = order.holder();
        let values = self.parts().books.read(move |connection| delivery::held_by(connection, &holder)).await?;
        let mut tokens = Vec::new();
        for need in product.needs() {
            let From::Made(scopes) = &need.from else { continue };
            let Some(value) = values.iter().find(|value| value.name == need.name) else { continue };
            let text = self.parts().vault.open_value(&value.sealed).map_err(super::super::ProvisionError::from)?;
            tokens.push(NewToken {
                id: token_id(&order.out_trade_no, &need.name),
                name: format!("{profile} {}", need.name),
                profile: profile.to_string(),
                scopes: scopes.clone(),
                digest: Digest::of(text.expose().as_bytes()),
            });
        }
        Ok(tokens)
    }
}
