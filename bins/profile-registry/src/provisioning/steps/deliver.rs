//! `committed` → a host is chosen, which fetches the secrets; `delivered` → `awaiting_pairing` or `alive`.

use rusqlite::{OptionalExtension as _, Transaction, params};

use super::super::{
    ProvisionError, Provisioner,
    halt::{Halt, Step},
    order::{Order, OrderState},
    product::Channel,
    provisioner::{audit, step},
};
use crate::books::Moment;

impl Provisioner {
    /// Chooses the host that serves fewest profiles, once; then it is the host's turn.
    pub(in super::super) async fn choose_host(&self, order: &Order) -> Result<Step, Halt> {
        let (profile, number) = (order.profile_name()?.to_string(), order.out_trade_no.clone());
        let choose = move |tx: &Transaction<'_>| {
            let sql = "SELECT host FROM subscription WHERE profile = ?";
            let chosen: Option<Option<String>> = tx.query_row(sql, [&profile], |row| row.get(0)).optional()?;
            if let Some(host) = chosen.flatten() {
                return Ok(Some(host));
            }
            let sql = "SELECT host.name FROM host LEFT JOIN subscription ON subscription.host = host.name
                       GROUP BY host.name ORDER BY count(subscription.profile), host.name LIMIT 1";
            let host: Option<String> = tx.query_row(sql, [], |row| row.get(0)).optional()?;
            if let Some(host) = &host {
                tx.execute("UPDATE subscription SET host = ? WHERE profile = ?", params![host, profile])?;
                let sql = "UPDATE orders SET parked_why = NULL, retry_at = NULL, attempts = 0 WHERE out_trade_no = ?";
                tx.execute(sql, [number])?;
            }
            Ok::<_, ProvisionError>(host)
        };
        let host = self.parts().books.write(choose).await?;
        self.crash("RegistryHostChosen");
        if host.is_some() {
            self.parts().alerts.is_well("hosts", self.now()).await;
            return Ok(Step::Rest);
        }
        let why = "no host is registered that could serve the profile: POST /hosts".to_owned();
        Err(Halt::Alert { about: "hosts".to_owned(), why })
    }

    /// Orders that were parked for want of a host look again at once.
    pub(crate) async fn host_came(&self) -> Result<(), ProvisionError> {
        let now = self.now();
        let unpark = move |tx: &Transaction<'_>| {
            let sql = "UPDATE orders SET retry_at = ? WHERE state = 'committed' AND parked_why IS NOT NULL";
            tx.execute(sql, [Moment(now)])?;
            Ok::<_, ProvisionError>(())
        };
        self.parts().books.write(unpark).await?;
        self.wake();
        Ok(())
    }

    pub(in super::super) async fn finish(&self, order: &Order) -> Result<Step, Halt> {
        let (now, number) = (self.now(), order.out_trade_no.clone());
        let to = match self.catalog().get(&order.product)?.options().channel {
            Channel::Weixin => OrderState::AwaitingPairing,
            Channel::Telegram => OrderState::Alive,
        };
        let order = order.clone();
        let finish = move |tx: &Transaction<'_>| {
            if step(tx, &order, to, now)? {
                tx.execute("UPDATE subscription SET state = 'live' WHERE profile = ?", params![order.profile])?;
            }
            Ok::<_, ProvisionError>(())
        };
        self.parts().books.write(finish).await?;
        tracing::info!(order = number, "order {number} is {}", to.name());
        Ok(Step::Rest)
    }

    /// A person has scanned the code: the profile's chat is connected, as `actor` says. Once more changes nothing.
    ///
    /// # Errors
    /// [`ProvisionError::WrongState`] where nobody waits for a scan; [`ProvisionError::UnknownOrder`].
    pub async fn paired(&self, out_trade_no: &str, actor: &str) -> Result<Order, ProvisionError> {
        let (number, actor, now) = (out_trade_no.to_owned(), actor.to_owned(), self.now());
        let note = move |tx: &Transaction<'_>| {
            let order = Order::find(tx, &number)?;
            match order.state {
                OrderState::AwaitingPairing if step(tx, &order, OrderState::Alive, now)? => {
                    audit(tx, &actor, "order.paired", &number, "", now)?;
                }
                OrderState::AwaitingPairing => {}
                OrderState::Alive => return Ok(order),
                state => return Err(ProvisionError::WrongState { out_trade_no: number, state: state.name() }),
            };
            Order::find(tx, &number)
        };
        self.parts().books.write(note).await
    }
}
