//! `provision_profile`: moves an order on.

use job_queue::JobError;
use serde_json::{Value, json};

use crate::provisioning::{ProvisionError, Provisioner};

/// Answers how far the order is. One that is parked again is no failure of the job: the registry comes back to it.
pub(super) async fn run(provisioner: &Provisioner, order: &str) -> Result<Value, JobError> {
    let order = match provisioner.retry(order, "job").await {
        Ok(order) => order,
        // Nobody announced it: trying again does not bring it.
        Err(error @ ProvisionError::UnknownOrder(_)) => return Err(JobError::fatal(error)),
        Err(error) => return Err(error.into()),
    };
    Ok(json!({
        "order": order.out_trade_no,
        "state": order.state.name(),
        "profile": order.profile,
        "parked": order.parked.map(|parked| parked.why),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provisioning::testing::{NUMBER, World, announcement, receipt};

    #[tokio::test]
    async fn a_parked_order_is_tried_at_once_and_an_unknown_one_never_again() {
        let world = World::new(1).await;
        let provisioner = world.open();
        provisioner.expect(announcement(NUMBER, "stock-tg")).await.unwrap();
        provisioner.paid(receipt(NUMBER, world.clock.now())).await.unwrap();
        world.gateway.breaks(Some(503));
        let parked = run(&provisioner, NUMBER).await.unwrap();
        assert_eq!(parked["state"], "sealed");
        assert!(parked["parked"].as_str().unwrap().starts_with("the gateway does not answer"), "{parked}");
        world.gateway.breaks(None);
        let moved = run(&provisioner, NUMBER).await.unwrap();
        assert_eq!((moved["state"].as_str(), moved["parked"].as_str()), (Some("committed"), None));
        let unknown = run(&provisioner, "TW2026-9999").await.unwrap_err();
        assert_eq!(unknown, JobError::Fatal("there is no order \"TW2026-9999\"".to_owned()));
    }
}
