//! What stands around every page: languages, colours, and the way on by keyboard.

use serde_json::json;
use system_tests::{
    browser::{Browser, Control},
    console::World,
};

pub(crate) async fn language_and_colours_are_a_click_away_and_stay(world: &World, browser: &Browser) {
    for operator in world.operators(browser) {
        operator.visit("/console").await;
        let page = browser.path().await;
        assert_eq!(browser.attributes("html", "lang").await, ["en"]);
        browser.click(&Control::button("切换到中文")).await;
        browser.says("退出").await;
        assert_eq!(
            (browser.path().await, browser.attributes("html", "lang").await),
            (page.clone(), vec!["zh-CN".to_owned()])
        );
        operator.open("/console").await;
        browser.says("退出").await;
        browser.click(&Control::button("Switch to English")).await;
        browser.says("Log out").await;

        let ground =
            async || browser.script("return getComputedStyle(document.body).backgroundColor", Vec::new()).await;
        let light = ground().await;
        browser.click(&Control::button("Colours: dark")).await;
        browser.says("Log out").await;
        let dark = ground().await;
        assert_ne!(dark, light, "whatever the system says");
        operator.open(&page).await;
        assert_eq!(ground().await, dark, "and on every page");
        browser.forget().await;
    }
}

pub(crate) async fn the_keyboard_goes_past_the_menu_and_shows_where_it_is(world: &World, browser: &Browser) {
    for operator in world.operators(browser) {
        operator.visit("/console").await;
        browser.press_tab().await;
        let focused = "const here = document.activeElement; const style = getComputedStyle(here); \
                       return [here.getAttribute('href'), here.getBoundingClientRect().width > 30, style.outlineStyle !== 'none' || style.boxShadow !== 'none']";
        assert_eq!(browser.script(focused, Vec::new()).await, json!(["#content", true, true]), "the way past the menu");
        let mut seen = Vec::new();
        for _ in 0..12 {
            browser.press_tab().await;
            let told = browser.script(focused, Vec::new()).await;
            assert_eq!(told[2], true, "where it is is seen: {told}");
            seen.push(told[0].clone());
        }
        assert!(seen.iter().any(|href| href.is_string()), "it comes to the menu: {seen:?}");
        browser.forget().await;
    }
}
