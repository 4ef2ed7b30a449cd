//! The tests' own instruments: a judge who overlooks nothing, and a browser that leaves nothing behind.

use base64::Engine as _;
use system_tests::{
    browser::{Browser, Control, Look, Scheme},
    eventually,
};

fn page(html: &str) -> String {
    format!("data:text/html;base64,{}", base64::engine::general_purpose::STANDARD.encode(html))
}

const SOUND: &str = r#"<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sound</title>
<meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="data:text/css,button,input%7Bheight:32px%7D"></head><body><main><h1>Sound</h1><h2>Part</h2>
<label for="day">Day</label><input id="day" type="date"><button type="button">Send it away</button>
<a href="/somewhere">Somewhere</a>
<table><caption>Rows</caption><tr><th scope="col">Name</th></tr><tr><td>One</td></tr></table>
<svg role="img" aria-label="A line" width="40" height="40"><title>A line</title><path d="M0 0L9 9"></path></svg>
</main></body></html>"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_judge_finds_what_is_wrong_with_a_page_and_nothing_else() {
    let Some(browser) = Browser::start().await else { return };
    browser.open(&page(SOUND)).await;
    assert_eq!(browser.judge().await, Vec::<String>::new());
    for (instead_of, put, told) in [
        (r#"<label for="day">Day</label>"#, "", "a Date without a name"),
        ("Send it away", "", "a button without a name"),
        (">Somewhere<", "><", "a link without a name"),
        (r#" lang="en""#, "", "<html lang"),
        ("<title>Sound</title>", "", "no <title>"),
        ("<h1>Sound</h1>", "<h1>Sound</h1><h1>Twice</h1>", "2 h1"),
        ("<h2>Part</h2>", "<h3>Part</h3>", "h3 after h1"),
        ("<caption>Rows</caption>", "", "a table without caption"),
        (r#" scope="col""#, "", "a th without scope"),
        (r#" aria-label="A line""#, "", "an svg without"),
        ("<main>", r#"<main style="color: red">"#, "style="),
        ("<main>", r#"<main onclick="x()">"#, "onclick="),
        ("<main>", "<main><script>1</script>", "an inline script"),
        ("<main>", r#"<main><div id="twice"></div><div id="twice"></div>"#, "id twice 2 times"),
        (r#"for="day""#, r#"for="night""#, "leads nowhere"),
        ("</head>", "<style>h2 { color: #999 }</style></head>", "contrast 2.8"),
        ("</head>", "<style>h2 { width: 3000px }</style></head>", "scrolls sideways"),
        ("</head>", "<style>button { padding: 0; height: 12px; font-size: 8px }</style></head>", "too small to touch"),
        (
            r#"<a href="/somewhere">"#,
            r#"<img alt="" src="https://example.com/x.png"><a href="/somewhere">"#,
            "from elsewhere",
        ),
    ] {
        let html = SOUND.replace(instead_of, put);
        assert_ne!(html, SOUND, "{instead_of}");
        browser.open(&page(&html)).await;
        let found = browser.judge().await;
        assert!(found.iter().any(|problem| problem.contains(told)), "{put} for {instead_of}: {found:?}");
    }
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_obeys_and_leaves_no_process_and_no_folder_behind() {
    let Some(browser) = Browser::start().await else { return };
    let html = SOUND.replace(
        "</main>",
        "<p id=\"said\"></p></main><script>document.querySelector('button').onclick = () => { \
         document.getElementById('said').textContent = \
         matchMedia('(prefers-color-scheme: dark)').matches + ' ' + innerWidth; nothing.here() }</script>",
    );
    browser.open(&page(&html)).await;
    browser.look(Look::phone(Scheme::Dark)).await;
    browser.click(&Control::button("Send it away")).await;
    browser.says("true 390").await;
    let noted = browser.console().await;
    assert!(noted.iter().any(|said| said.is_a_fault() && said.message.contains("nothing is not defined")), "{noted:?}");
    assert_eq!(&browser.picture(2_000).await[1..4], b"PNG");
    let folder = browser.folder().to_owned();
    let names_it = || processes_that_name(folder.to_str().unwrap());
    assert!(names_it().len() > 3 && folder.exists());
    drop(browser);
    eventually("every process of the browser has ended", async || names_it().is_empty().then_some(())).await;
    assert!(!folder.exists());
}

/// The processes that have `word` in their arguments, from `/proc`.
fn processes_that_name(word: &str) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    lines.map(|line| String::from_utf8_lossy(&line).into_owned()).filter(|line| line.contains(word)).collect()
}
