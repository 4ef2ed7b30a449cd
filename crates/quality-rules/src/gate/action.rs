//! Corporate actions.

use market_model::CorporateAction;

use super::{Refusal, day, finite, not_negative, refuse};
use crate::rules::schema;

/// Refuses an event that can be none: not finite, a negative quantity, or a reverse split that leaves no share.
pub fn action(action: &CorporateAction) -> Result<(), Refusal> {
    // Companies had issued and split shares before there was an exchange.
    day::period("ex_date", action.ex_date)?;
    let quantities = [
        ("cash_per_10", Some(action.cash_per_10)),
        ("rights_per_10", Some(action.rights_per_10)),
        ("rights_price", Some(action.rights_price)),
    ];
    finite(quantities)?;
    finite([("bonus_per_10", Some(action.bonus_per_10))])?;
    not_negative(quantities)?;
    // Fewer shares than before are a reverse split (abroad); ten of ten would be all of them.
    if action.bonus_per_10 <= -10.0 {
        return refuse(&schema::INFO, "bonus_per_10", action.bonus_per_10, "leaves no share");
    }
    Ok(())
}
