//! Redis away at the start, in the middle, and empty afterwards: requests go on.

use system_tests::{
    eventually,
    gateway::{GatewaySettings, GatewayStage},
};

use super::kit::ask;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_dies_and_comes_back_empty_is_noticed_by_no_caller() {
    let mut stage = GatewayStage::new(GatewaySettings::keys(2)).await;
    let gateway = stage.gateway().await;
    let caller = gateway.caller("research-bot").await;
    ask(&caller, 4).await;
    stage.redis.kill().unwrap();
    ask(&caller, 20).await;
    // A token that is made while Redis is away opens the door as well.
    let newcomer = gateway.caller("newcomer").await;
    ask(&newcomer, 4).await;
    stage.redis.start_again().await.unwrap();
    ask(&caller, 4).await;
    eventually("the gateway is ready", async || {
        let (status, _) = gateway.admin("GET", "/readyz", None).await;
        (status == 200).then_some(())
    })
    .await;
    gateway.daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_starts_without_redis_lets_everybody_in_whom_it_knew() {
    let mut stage = GatewayStage::new(GatewaySettings::keys(2)).await;
    let gateway = stage.gateway().await;
    let caller = gateway.caller("research-bot").await;
    ask(&caller, 2).await;
    gateway.daemon.kill();
    stage.redis.stop().unwrap();
    let gateway = stage.gateway().await;
    ask(&caller.at(gateway.url()), 10).await;
    let fresh = gateway.caller("fresh").await;
    ask(&fresh, 2).await;
    stage.redis.start_again().await.unwrap();
    ask(&fresh, 2).await;
    gateway.daemon.stop().await;
}
