//! Profiles and orders.

use system_tests::{
    browser::{Browser, Control},
    console::World,
};

pub(crate) async fn an_edited_profile_is_restored_to_an_earlier_commit(world: &World, browser: &Browser) {
    let (profile, _) = &world.registry.edited;
    let operator = world.at_the_registry(browser);
    operator.visit("/console/profiles").await;
    browser.click(&Control::link(profile)).await;
    browser.says("A calmer soul").await;
    browser.follow("tr:has(button) th a").await;
    browser.says("What it did").await;
    let diff = browser.text_of("main").await;
    assert!(diff.contains("+You are patient."), "what was added is marked by more than a colour: {diff}");
    assert!(diff.lines().any(|line| line.starts_with('-')), "and what was taken away: {diff}");

    let now = world.registry.soul().await;
    assert!(now.contains("You are patient."));
    operator.open(&format!("/console/profiles/{profile}")).await;
    let restore = "form[action$='/restore'] button";
    let choices = browser.count(restore).await;
    assert!(choices >= 2, "{choices} earlier states");
    browser.follow(&format!("tr:has(form[action$='/restore']):last-of-type {restore}")).await;
    browser
        .waits_for("the old soul is back", async || {
            (!world.registry.soul().await.contains("You are patient.")).then_some(())
        })
        .await;
    operator.open(&format!("/console/profiles/{profile}")).await;
    browser.says("as now").await;
}

pub(crate) async fn orders_stand_by_state_and_the_stuck_one_says_why(world: &World, browser: &Browser) {
    let site = &world.registry;
    let operator = world.at_the_registry(browser);
    operator.visit("/console/orders").await;
    for number in [&site.parked, &site.waiting, &site.expected] {
        browser.says(number).await;
    }
    browser.click(&Control::link(&site.parked)).await;
    let why = site.order(&site.parked).await["parked"]["why"].as_str().unwrap().to_owned();
    browser.says(&why).await;
    browser.click(&Control::button("Try now")).await;
    browser.says("It is still parked").await;
}
