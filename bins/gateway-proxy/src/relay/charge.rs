//! What an attempt costs: as the upstream counted, or as we must assume.

use gateway_ledger::Charge;
use route_policy::{PriceTable, Reservation, Usage};

use super::exchange::Exchange;
use crate::gateway::Gateway;

/// What is due for an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// It never left: as if it had not been.
    NeverSent,
    /// It was refused, which costs nothing.
    Nothing,
    /// What the upstream counted.
    Counted(Usage),
    /// What was seen of an answer that nobody counted to its end.
    Estimated(Usage),
    /// All that was reserved: the upstream may have written the whole answer, and nobody saw it.
    Bound,
}

impl Due {
    /// The charge for the books, none where nothing is due.
    pub(super) fn charge(&self, prices: &PriceTable, reservation: &Reservation, exchange: &Exchange) -> Option<Charge> {
        let (model, channel) = (&exchange.upstream_model, &exchange.channel);
        let (usage, cny, price_known) = match self {
            Self::NeverSent | Self::Nothing => return None,
            Self::Counted(usage) | Self::Estimated(usage) => {
                let priced = prices.cost(model, &channel.name, usage, reservation.made_at());
                (*usage, priced.cny, priced.known)
            }
            Self::Bound => {
                let usage = Usage { input: exchange.bounds.input, output: exchange.bounds.output, ..Usage::default() };
                (usage, reservation.cny(), reservation.price_known())
            }
        };
        Some(Charge {
            attempt: u32::try_from(exchange.number()).unwrap_or(u32::MAX),
            channel: channel.name.clone(),
            account: channel.account.clone(),
            upstream_model: model.clone(),
            day: reservation.day(),
            usage,
            cny,
            reserved: reservation.cny(),
            estimated: !matches!(self, Self::Counted(_)),
            breach: None,
            price_known,
        })
    }

    /// What tokens-per-minute limits are told.
    pub(super) fn tokens(&self, charge: &Charge, reservation: &Reservation) -> u64 {
        match self {
            // Nobody knows more than when it was reserved.
            Self::Bound => reservation.tokens(),
            _ => charge.usage.total(),
        }
    }
}

/// Counts a charge, and names what somebody should look at.
pub(super) fn announce(gateway: &Gateway, charge: &Charge, over_cap: bool, profile: &str) {
    gateway.meters.tokens(&charge.usage);
    let (channel, model) = (&*charge.channel, &*charge.upstream_model);
    if let Some(excess) = charge.breach {
        gateway.meters.breach();
        let (cny, reserved) = (charge.cny, charge.reserved);
        tracing::warn!(
            channel,
            model,
            "a breach: {channel} charged {cny} CNY for {model}, {excess} CNY more than the {reserved} CNY reserved"
        );
    }
    if over_cap {
        metrics::counter!("gateway_profile_over_cap_total").increment(1);
        tracing::warn!(profile, "profile {profile} is over its cap of the day");
    }
    if !charge.price_known {
        gateway.unpriced.warn_once(model);
    }
}
