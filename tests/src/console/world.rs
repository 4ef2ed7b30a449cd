//! All three daemons with pages.

use super::{DataSite, GatewaySite, Operator, RegistrySite, Scale};
use crate::{API_TOKEN, browser::Browser, gateway::ADMIN_TOKEN};

/// Gateway, warehouse and registry, each with something to show.
pub struct World {
    /// Five channels, and profiles that ask.
    pub gateway: GatewaySite,
    /// A market with faults in it.
    pub data: DataSite,
    /// Profiles, and orders at every turn.
    pub registry: RegistrySite,
}

impl World {
    /// Starts and fills them.
    pub async fn start(scale: Scale) -> Self {
        let (gateway, data) = tokio::join!(GatewaySite::start(scale), DataSite::start(scale));
        let registry = RegistrySite::start(&gateway).await;
        Self { gateway, data, registry }
    }

    /// Somebody before a browser who has each daemon's token.
    pub fn operators<'a>(&'a self, browser: &'a Browser) -> [Operator<'a>; 3] {
        [self.at_the_gateway(browser), self.at_the_warehouse(browser), self.at_the_registry(browser)]
    }

    /// Somebody before the gateway's pages.
    pub fn at_the_gateway<'a>(&'a self, browser: &'a Browser) -> Operator<'a> {
        Operator::new(browser, self.gateway.gateway.url(), ADMIN_TOKEN)
    }

    /// Somebody before the warehouse's pages.
    pub fn at_the_warehouse<'a>(&'a self, browser: &'a Browser) -> Operator<'a> {
        Operator::new(browser, &self.data.api.url, API_TOKEN)
    }

    /// Somebody before the registry's pages.
    pub fn at_the_registry<'a>(&'a self, browser: &'a Browser) -> Operator<'a> {
        Operator::new(browser, &self.registry.daemon.url, super::OPERATOR_TOKEN)
    }
}
