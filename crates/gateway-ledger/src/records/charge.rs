//! What one attempt cost.

use std::sync::Arc;

use route_policy::{Cny, Day, Usage};
use serde::{Deserialize, Serialize};

/// What one attempt cost, or may have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Charge {
    /// The attempt, from 1.
    pub attempt: u32,
    /// The channel that was asked.
    pub channel: Arc<str>,
    /// The account that pays.
    pub account: Arc<str>,
    /// The model as the upstream names it.
    pub upstream_model: Arc<str>,
    /// The day whose budget it belongs to: the day of the reservation.
    pub day: Day,
    /// Tokens.
    pub usage: Usage,
    /// Money.
    pub cny: Cny,
    /// What had been reserved for it.
    pub reserved: Cny,
    /// Whether tokens and money are our estimate, because the upstream's own count never came.
    pub estimated: bool,
    /// By how much it exceeded its reservation.
    pub breach: Option<Cny>,
    /// Whether the price table had a price for the model; the configured default was used where not.
    pub price_known: bool,
}
