//! `suspend_lapsed`: suspends every profile whose paid time and grace are over.

use job_queue::JobError;
use serde_json::{Value, json};

use crate::provisioning::Provisioner;

/// Answers how many profiles were looked at. One that cannot be suspended now is no failure of the job: the registry comes
/// back to it.
pub(super) async fn run(provisioner: &Provisioner) -> Result<Value, JobError> {
    Ok(json!({"profiles": provisioner.suspend_lapsed().await?}))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::provisioning::testing::{NUMBER, World, alive};

    #[tokio::test]
    async fn what_lapsed_is_suspended_and_nothing_is_left_to_do() {
        let world = World::new(1).await;
        let provisioner = world.open();
        alive(&world, &provisioner, NUMBER, "stock-tg").await;
        assert_eq!(run(&provisioner).await.unwrap(), json!({"profiles": 0}));
        world.clock.advance(TimeDelta::days(40));
        assert_eq!(run(&provisioner).await.unwrap(), json!({"profiles": 1}));
        assert_eq!(run(&provisioner).await.unwrap(), json!({"profiles": 0}));
    }
}
