//! A browser with one window, and what a person does with it.

use std::{path::Path, time::Duration};

use fantoccini::{
    Client, ClientBuilder, Locator,
    actions::{InputSource as _, KeyAction, KeyActions},
    elements::Element,
    error::CmdError,
    key::Key,
};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::{Control, Cookie, Look, Said, Scheme, command::Extension, driver::Driver, record::requested};

/// What a page may take to become what it was asked to.
const BOUND: Duration = Duration::from_secs(20);
const EVERY: Duration = Duration::from_millis(25);

/// A headless Chromium with an empty profile. Ended when dropped.
pub struct Browser {
    client: Client,
    // Dropped after the client.
    driver: Driver,
}

impl Browser {
    /// A browser; `None`, and it says so, where none is installed.
    ///
    /// # Panics
    /// Without one where `BROWSER_TESTS=required` says that there has to be one: in CI.
    pub async fn start() -> Option<Self> {
        match Self::try_start().await {
            Ok(browser) => Some(browser),
            Err(why) => {
                #[expect(
                    clippy::disallowed_methods,
                    reason = "only who starts the tests can tell whether they may be skipped"
                )]
                let required = std::env::var("BROWSER_TESTS").is_ok_and(|wanted| wanted == "required");
                assert!(!required, "no browser: {why}");
                println!("skipped: no browser (chromium and chromedriver): {why}");
                None
            }
        }
    }

    async fn try_start() -> Result<Self, String> {
        let driver = Driver::start()?;
        let mut words = vec![
            "--headless=new".to_owned(),
            "--disable-gpu".to_owned(),
            "--hide-scrollbars".to_owned(),
            // The browser itself asks nobody anything, so that every request that leaves is a page's.
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--no-first-run".to_owned(),
            "--no-proxy-server".to_owned(),
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost".to_owned(),
            format!("--user-data-dir={}", driver.folder.path().join("profile").display()),
        ];
        if rustix::process::geteuid().is_root() {
            // Chromium refuses to run as root with its sandbox.
            words.push("--no-sandbox".to_owned());
        }
        let capabilities = json!({
            "goog:chromeOptions": {"args": words},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
            "timeouts": {"pageLoad": 30_000, "script": 20_000},
            // `confirm()` is answered yes.
            "unhandledPromptBehavior": "accept",
        });
        let Value::Object(capabilities) = capabilities else { unreachable!("an object") };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client =
            builder.capabilities(capabilities).connect(&driver.url).await.map_err(|error| error.to_string())?;
        let browser = Self { client, driver };
        browser.look(Look::desktop(Scheme::Light)).await;
        browser.speak("en").await;
        Ok(browser)
    }

    /// Where it keeps what it writes; all of its processes name it in their arguments, or are chromedriver's children.
    pub fn folder(&self) -> &Path {
        self.driver.folder.path()
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    pub(super) async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.client
            .issue_cmd(Extension::devtools(command, parameters))
            .await
            .unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// Changes the window and what the system prefers; the page stays.
    pub async fn look(&self, look: Look) {
        self.devtools("Emulation.setDeviceMetricsOverride", look.metrics()).await;
        self.devtools("Emulation.setEmulatedMedia", look.media()).await;
    }

    /// What the browser tells pages to come that its user reads: `en`, `zh-CN`.
    pub async fn speak(&self, language: &str) {
        self.devtools("Network.enable", json!({})).await;
        self.devtools("Network.setExtraHTTPHeaders", json!({"headers": {"Accept-Language": language}})).await;
    }

    /// Opens an address, and waits until the page is there.
    pub async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// Where it is now.
    pub async fn url(&self) -> String {
        self.client.current_url().await.unwrap().to_string()
    }

    /// The path and query of where it is now.
    pub async fn path(&self) -> String {
        let url = self.client.current_url().await.unwrap();
        url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
    }

    /// What somebody can read on the page.
    pub async fn text(&self) -> String {
        self.text_of("body").await
    }

    /// What somebody can read in the first element that a CSS selector finds; empty without one.
    pub async fn text_of(&self, selector: &str) -> String {
        let script = "return document.querySelector(arguments[0])?.innerText ?? ''";
        // While a page gives way to the next one there is none to ask.
        let said = self.client.execute(script, vec![json!(selector)]).await.unwrap_or_default();
        said.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the page says `text`.
    ///
    /// # Panics
    /// If it does not; the message holds what it says.
    pub async fn says(&self, text: &str) {
        let mut last = String::new();
        let said = self.until(async || {
            last = self.text().await;
            last.contains(text).then_some(())
        });
        if said.await.is_none() {
            panic!("{} does not say “{text}”:\n{last}", self.path().await);
        }
    }

    /// Whether the page says `text` now.
    pub async fn says_now(&self, text: &str) -> bool {
        self.text().await.contains(text)
    }

    /// Waits until `probe` has an answer.
    ///
    /// # Panics
    /// If it has none; the message holds what the page says.
    pub async fn waits_for<T>(&self, what: &str, probe: impl AsyncFnMut() -> Option<T>) -> T {
        match self.until(probe).await {
            Some(answer) => answer,
            None => panic!("{what} — not on {}:\n{}", self.path().await, self.text().await),
        }
    }

    async fn until<T>(&self, mut probe: impl AsyncFnMut() -> Option<T>) -> Option<T> {
        let deadline = Instant::now() + BOUND;
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while Instant::now() < deadline {
            ticks.tick().await;
            let answer = probe().await;
            if answer.is_some() {
                return answer;
            }
        }
        None
    }

    /// The control, once it is there.
    ///
    /// # Panics
    /// If it does not come; the message holds what is there instead.
    pub async fn control(&self, control: &Control) -> Element {
        let mut instead = Value::Null;
        let found = self.until(async || match self.look_for(control).await {
            Ok(Ok(element)) => Some(element),
            Ok(Err(others)) => {
                instead = others;
                None
            }
            Err(_) => None,
        });
        match found.await {
            Some(element) => element,
            None => panic!("no {control} on {}; there are {instead}\n{}", self.path().await, self.text().await),
        }
    }

    /// Whether the control is there now.
    pub async fn has(&self, control: &Control) -> bool {
        self.look_for(control).await.is_ok_and(|found| found.is_ok())
    }

    /// Clicks it. A page that renews itself may take it away meanwhile: then the new one is clicked.
    pub async fn click(&self, control: &Control) {
        self.again_if_renewed(control, async |element| element.click().await).await;
        self.says_yes().await;
    }

    /// Writes `text` into it, instead of what stands there.
    pub async fn fill(&self, control: &Control, text: &str) {
        self.again_if_renewed(control, async |element| {
            element.clear().await?;
            element.send_keys(text).await
        })
        .await;
    }

    /// Chooses the entry that says `label` from a list.
    pub async fn choose(&self, control: &Control, label: &str) {
        self.again_if_renewed(control, async |element| element.select_by_label(label).await).await;
    }

    /// Clicks the first element that a CSS selector finds, where a name would say less than a place.
    pub async fn follow(&self, selector: &str) {
        let mut last = String::new();
        let clicked = self.until(async || match self.client.find(Locator::Css(selector)).await {
            Ok(element) => element.click().await.map_err(|error| last = error.to_string()).ok(),
            Err(error) => {
                last = error.to_string();
                None
            }
        });
        if clicked.await.is_none() {
            panic!("{selector} on {}: {last}\n{}", self.path().await, self.text().await);
        }
        self.says_yes().await;
    }

    /// A question that the page asks is answered, yes, with the next command: this one.
    async fn says_yes(&self) {
        let _ = self.client.current_url().await;
    }

    /// Goes on to the next control by keyboard.
    pub async fn press_tab(&self) {
        let key = KeyAction::Down { value: Key::Tab.into() };
        let up = KeyAction::Up { value: Key::Tab.into() };
        self.client.perform_actions(KeyActions::new("keyboard".to_owned()).then(key).then(up)).await.unwrap();
    }

    /// Ticks the box that a CSS selector finds, by its label or itself.
    pub async fn tick(&self, selector: &str) {
        self.follow(selector).await;
        let ticked = self.client.find(Locator::Css(selector)).await.unwrap().is_selected().await.unwrap();
        assert!(ticked, "{selector} on {}", self.path().await);
    }

    async fn again_if_renewed(&self, control: &Control, act: impl AsyncFn(&Element) -> Result<(), CmdError>) {
        for _ in 0..3 {
            let element = self.control(control).await;
            match act(&element).await {
                Ok(()) => return,
                Err(error) if error.is_stale_element_reference() => {}
                Err(error) => panic!("{control} on {}: {error}", self.path().await),
            }
        }
        panic!("{control} on {} never holds still", self.path().await);
    }

    /// Runs a script in the page and answers what it returns.
    pub async fn script(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client.execute(script, arguments).await.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// Runs a script that answers by calling the last of its `arguments`.
    pub async fn script_that_answers(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client.execute_async(script, arguments).await.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// The value of an attribute of every element that a CSS selector finds.
    pub async fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        let script = "return [...document.querySelectorAll(arguments[0])].map((found) => found.getAttribute(arguments[1]) ?? '')";
        let found = self.script(script, vec![json!(selector), json!(name)]).await;
        found.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// How many elements a CSS selector finds.
    pub async fn count(&self, selector: &str) -> usize {
        self.client.find_all(Locator::Css(selector)).await.map_or(0, |found| found.len())
    }

    /// What the console has said since it was last asked.
    pub async fn console(&self) -> Vec<Said> {
        let entries = self.client.issue_cmd(Extension::log("browser")).await.unwrap();
        entries.as_array().into_iter().flatten().map(Said::from_log).collect()
    }

    /// The addresses that were asked for since this was last called, for pages, parts of pages and by scripts.
    pub async fn requests(&self) -> Vec<String> {
        let entries = self.client.issue_cmd(Extension::log("performance")).await.unwrap();
        entries.as_array().into_iter().flatten().filter_map(requested).collect()
    }

    /// All cookies.
    pub async fn cookies(&self) -> Vec<Cookie> {
        let all = self.devtools("Network.getAllCookies", json!({})).await;
        all["cookies"].as_array().into_iter().flatten().map(Cookie::from_devtools).collect()
    }

    /// Forgets all cookies: the next page is asked for by somebody new.
    pub async fn forget(&self) {
        self.devtools("Network.clearBrowserCookies", json!({})).await;
    }

    /// The page as a PNG: from its top to its end, at most `height` pixels.
    pub async fn picture(&self, height: u32) -> Vec<u8> {
        let size = self.script("return [innerWidth, document.documentElement.scrollHeight]", Vec::new()).await;
        let (width, whole) = (size[0].as_f64().unwrap(), size[1].as_f64().unwrap());
        let clip = json!({"x": 0, "y": 0, "width": width, "height": whole.min(f64::from(height)), "scale": 1});
        let answer = self
            .devtools("Page.captureScreenshot", json!({"format": "png", "captureBeyondViewport": true, "clip": clip}))
            .await;
        decode(answer["data"].as_str().unwrap())
    }

    /// Ends the session in order, and everything with it.
    pub async fn close(self) {
        // What is left ends with the driver.
        let _ = self.client.close().await;
    }
}

fn decode(base64: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(base64).unwrap()
}
