//! Cases over one world and one browser: each starts as somebody new, and one that fails does not keep the others from
//! being tried.

use std::{panic::AssertUnwindSafe, path::PathBuf};

use futures::FutureExt as _;
use system_tests::{
    browser::{Browser, Look, Said, Scheme},
    console::World,
};
use tokio::time::Instant;

/// The world, the browser, and what has failed so far.
pub(crate) struct Cases {
    pub(crate) world: World,
    pub(crate) browser: Browser,
    failed: Vec<&'static str>,
    begun: Instant,
}

/// Runs cases, `async fn(&World, &Browser)`, in this order.
macro_rules! cases {
    ($run:ident, $($case:path),+ $(,)?) => {
        $(
            let before = $run.begins().await;
            let outcome = std::panic::AssertUnwindSafe($case(&$run.world, &$run.browser));
            $run.ended(stringify!($case), before, futures::FutureExt::catch_unwind(outcome).await.is_ok()).await;
        )+
    };
}
pub(crate) use cases;

impl Cases {
    pub(crate) fn new(world: World, browser: Browser) -> Self {
        let begun = Instant::now();
        Self { world, browser, failed: Vec::new(), begun }
    }

    /// Somebody new sits down.
    pub(crate) async fn begins(&self) -> Instant {
        self.browser.forget().await;
        self.browser.look(Look::desktop(Scheme::Light)).await;
        self.browser.speak("en").await;
        self.browser.console().await;
        Instant::now()
    }

    pub(crate) async fn ended(&mut self, name: &'static str, begun: Instant, is_well: bool) {
        let faults = faults(self.browser.console().await);
        let is_well = is_well && faults.is_empty();
        println!("{} {name} ({:.1} s)", if is_well { "ok  " } else { "FAIL" }, begun.elapsed().as_secs_f64());
        if is_well {
            return;
        }
        faults.iter().for_each(|fault| println!("     the browser's console: {fault:?}"));
        self.failed.push(name);
        let picture = folder().join(format!("{}.png", name.rsplit(' ').next().unwrap_or(name)));
        // The case has failed already; a picture that cannot be taken must not hide why.
        let taken = AssertUnwindSafe(self.browser.picture(3_000)).catch_unwind().await;
        if let Ok(png) = taken
            && std::fs::write(&picture, png).is_ok()
        {
            println!("     what it looked like: {}", picture.display());
        }
    }

    /// Ends the browser.
    ///
    /// # Panics
    /// If a case has failed.
    pub(crate) async fn finish(self) {
        self.browser.close().await;
        println!("all cases: {:.1} s", self.begun.elapsed().as_secs_f64());
        assert!(self.failed.is_empty(), "{} cases failed: {:#?}", self.failed.len(), self.failed);
    }
}

/// What is wrong in the console; that a page was refused on purpose is not.
pub(crate) fn faults(said: Vec<Said>) -> Vec<Said> {
    let refused = |said: &Said| said.message.contains("the server responded with a status of 4");
    said.into_iter().filter(|said| said.is_a_fault() && !refused(said)).collect()
}

/// Beside the tests' binaries.
fn folder() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    // target/<profile>/deps/<test>
    let folder = test.ancestors().nth(3).unwrap().join("console-failures");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
