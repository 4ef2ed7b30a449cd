//! What the metrics say about orders and pools.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::{ProvisionError, Provisioner};
use crate::secrets::pool::{self, PoolCount};

/// What a profile that is paid for can be.
const SUBSCRIBED: [&str; 6] = ["provisioning", "live", "suspending", "resuming", "suspended", "quarantined"];

/// Sets the gauges, and tells of pools that run low.
pub(super) async fn record(provisioner: &Provisioner) -> Result<(), ProvisionError> {
    let read = |connection: &Connection| {
        let counts = pool::counts(connection)?;
        let sql = "SELECT state, count(*), count(parked_why) FROM orders GROUP BY state";
        let mut statement = connection.prepare_cached(sql)?;
        let states = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let states = states.collect::<rusqlite::Result<Vec<(String, u32, u32)>>>()?;
        let mut statement = connection.prepare_cached("SELECT state, count(*) FROM subscription GROUP BY state")?;
        let profiles = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let profiles = profiles.collect::<rusqlite::Result<BTreeMap<String, u32>>>()?;
        Ok::<_, ProvisionError>((counts, states, profiles))
    };
    let (counts, states, profiles) = provisioner.parts().books.read(read).await?;
    let mut parked = 0;
    for (state, all, stopped) in states {
        metrics::gauge!("registry_orders", "state" => state).set(f64::from(all));
        parked += stopped;
    }
    for state in SUBSCRIBED {
        // A state that nobody is in any more counts none.
        let number = profiles.get(state).copied().unwrap_or_default();
        metrics::gauge!("registry_subscriptions", "state" => state).set(f64::from(number));
    }
    metrics::gauge!("registry_orders_parked").set(f64::from(parked));
    provisioner.note_parked(parked);
    for name in provisioner.catalog().pools() {
        let count = counts.get(name).copied().unwrap_or_default();
        gauges(name, count);
        let (alerts, about) = (&provisioner.parts().alerts, format!("low:{name}"));
        if count.free < provisioner.parts().low_water {
            let text = format!("the pool {name} has {} free values left: POST /pools/{name} adds some", count.free);
            alerts.tell(&about, &text, provisioner.now()).await;
        } else {
            alerts.is_well(&about, provisioner.now()).await;
            alerts.is_well(&format!("pool:{name}"), provisioner.now()).await;
        }
    }
    Ok(())
}

fn gauges(pool: &str, count: PoolCount) {
    let PoolCount { free, reserved, bound, cooling } = count;
    for (state, number) in [("free", free), ("reserved", reserved), ("bound", bound), ("cooling", cooling)] {
        let number = f64::from(u32::try_from(number).unwrap_or(u32::MAX));
        metrics::gauge!("registry_pool_values", "pool" => pool.to_owned(), "state" => state).set(number);
    }
}
