//! What an operator changed about a configured channel.

use route_policy::Cny;
use serde::{Deserialize, Serialize};

/// What an operator changed about a channel; `None` leaves the configured value in force.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChannelOverride {
    /// Switched on or off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// The budget per day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<BudgetOverride>,
    /// Its priority; higher is asked first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i64>,
    /// Its weight within a priority.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
}

/// A budget set by an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BudgetOverride {
    /// No bound.
    Unlimited,
    /// So much a day; nothing switches the channel off.
    PerDay(Cny),
}

impl BudgetOverride {
    /// As the bound that routing takes: `None` is none.
    pub const fn limit(self) -> Option<Cny> {
        match self {
            Self::Unlimited => None,
            Self::PerDay(amount) => Some(amount),
        }
    }
}

impl ChannelOverride {
    /// Whether nothing differs from the configuration.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
