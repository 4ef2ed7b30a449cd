//! The engines that a SearXNG has.

/// An engine, with what SearXNG's own code and settings say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearxngEngine {
    /// Its name in settings, parameters and answers.
    pub name: &'static str,
    /// Its short name after a `!`.
    pub shortcut: &'static str,
    /// The first one is the one that its results bear.
    pub categories: &'static [&'static str],
    /// Whether it has a second page. One without is left out of a search for it, without a word.
    pub paging: bool,
    /// Whether it knows `time_range`. One that does not is left out of a search with it, without a word.
    pub time_range: bool,
    /// Whether it is made for Chinese: it finds more there, and little elsewhere.
    pub chinese: bool,
    /// How long SearXNG waits for it, milliseconds.
    pub timeout_ms: u64,
    /// Whether SearXNG's own settings enable it.
    pub enabled: bool,
}

const GENERAL: &[&str] = &["general"];
const WEB: &[&str] = &["general", "web"];
const NEWS: &[&str] = &["news"];

const BASE: SearxngEngine = SearxngEngine {
    name: "",
    shortcut: "",
    categories: WEB,
    paging: true,
    time_range: true,
    chinese: false,
    timeout_ms: 3_000,
    enabled: true,
};

impl SearxngEngine {
    /// All of them, in the order of the settings.
    pub const ALL: [Self; 12] = [
        Self { name: "360search", shortcut: "360so", timeout_ms: 20_000, ..Self::chinese(false) },
        Self { name: "baidu", shortcut: "bd", ..Self::chinese(false) },
        Self { name: "bing", shortcut: "bi", paging: false, time_range: false, enabled: false, ..BASE },
        Self { name: "bing news", shortcut: "bin", categories: NEWS, ..BASE },
        Self { name: "brave", shortcut: "br", ..BASE },
        Self { name: "duckduckgo", shortcut: "ddg", ..BASE },
        Self { name: "google", shortcut: "go", enabled: false, ..BASE },
        Self { name: "google news", shortcut: "gon", categories: NEWS, ..BASE },
        Self { name: "mojeek", shortcut: "mjk", enabled: false, ..BASE },
        Self { name: "sogou", shortcut: "sogou", ..Self::chinese(false) },
        Self { name: "startpage", shortcut: "sp", ..BASE },
        Self { name: "yep", shortcut: "yep", paging: false, time_range: false, enabled: false, ..BASE },
    ];

    /// The engine of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        static ALL: [SearxngEngine; 12] = SearxngEngine::ALL;
        ALL.iter().find(|engine| engine.name == name)
    }

    const fn chinese(enabled: bool) -> Self {
        Self { categories: GENERAL, chinese: true, enabled, ..BASE }
    }
}
