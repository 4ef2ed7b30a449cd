//! The pages, over a repository, books and a gateway that are real, without a socket.

use std::{os::unix::fs::PermissionsExt as _, path::PathBuf, sync::Arc};

use axum::http::StatusCode;
use daemon_kit::config::{Config, Environment};
use operator_console::testing::{Answer, Browser};
use profile_store::{Actor, Author, Change, OwnerId, ProfileName, Snapshot, StoreError};

use super::mount::routes;
use crate::{
    provisioning::{
        OrderState,
        testing::{NUMBER, TOKEN, World, alive, announcement, receipt},
    },
    registry::Registry,
};

const ADMIN: &str = "the-token-of-operators";
const HOSTILE: &str = "<script>alert(1)</script>";

/// A registry over a world's folder, and an operator before its pages.
pub(super) struct Desk {
    pub(super) world: World,
    pub(super) registry: Arc<Registry>,
    browser: Browser,
}

impl Desk {
    async fn open(bots: u32, language: &str) -> Self {
        Self::over(World::new(bots).await, language, "").await
    }

    /// `settings` are further ones of both products.
    async fn over(world: World, language: &str, settings: &str) -> Self {
        let product = |name: &str, channel: &str| {
            format!(
                "[[profile-registry.products]]\nname = \"{name}\"\ntemplate = \"template-stock-research-lite\"\n\
                 amount_fen = 9900\nchannel = \"{channel}\"\n{settings}\n"
            )
        };
        let text = format!(
            "[profile-registry]\nlisten = \"127.0.0.1:0\"\nstate = \"{}\"\nadmin_token = \"{ADMIN}\"\ngateway_url = \"{}\"\n\
             gateway_token = \"{TOKEN}\"\nagents_gateway_url = \"http://gw:3000\"\nagents_warehouse_url = \"http://wh:8000\"\n{}{}",
            world.folder.path().display(),
            world.url,
            product("stock-tg", "telegram"),
            product("stock-wx", "weixin"),
        );
        let config = Config::from_toml(&text, "twilight.toml", &Environment::default()).unwrap();
        let options = config.profile_registry().unwrap();
        let registry = Registry::open(options, world.clock.clone(), hook(&world), None).await.unwrap();
        let browser = Browser::new(routes(registry.clone(), config.console()), language);
        Self { world, registry, browser }
    }

    pub(super) async fn logged_in(bots: u32, language: &str) -> Self {
        let mut desk = Self::open(bots, language).await;
        let home = desk.browser.log_in(ADMIN).await;
        assert_eq!(home.status, 200, "{home:?}");
        desk
    }

    /// A page that is whole.
    pub(super) async fn page(&mut self, path: &str) -> String {
        let answer = self.browser.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        whole(path, &answer);
        answer.body
    }

    /// Where a change leads, and what the page says of it.
    async fn change(&mut self, path: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.browser.post(path, fields).await;
        assert_eq!(answer.status, 303, "{path}: {answer:?}");
        let page = answer.location().to_owned();
        self.page(&page).await
    }

    /// A profile that somebody owns.
    fn profile(&self, name: &str, owner: &str, files: &[(&str, &str)], message: &str) -> String {
        let name = ProfileName::parse(name).unwrap();
        let at = self.world.clock.now();
        let author = Author::new("tg:7", "tg7@localhost", at);
        let decide = |now: &Snapshot| {
            let mut changes: Vec<Change> = files.iter().map(|(path, text)| Change::put(&name, path, *text)).collect();
            let mut owners = now.owners()?;
            if owners.owner_of(&name).is_none() {
                owners.claim(&name, &OwnerId::parse(owner).unwrap(), "telegram", at).unwrap();
                changes.push(Change::owners(&owners));
            }
            Ok::<_, StoreError>(changes)
        };
        self.registry.store.update(&Actor::Admin, &author, message, decide).unwrap().id.to_string()
    }
}

/// Takes the place of this very program, which git's hooks run: it says no, as it does to who tells it nothing.
fn hook(world: &World) -> PathBuf {
    let path = world.folder.path().join("no.sh");
    std::fs::write(&path, "#!/bin/sh\necho 'this runs only below profile-registry' >&2\nexit 1\n").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn whole(path: &str, answer: &Answer) {
    let body = &answer.body;
    assert!(body.len() < 100_000, "{path} takes {} bytes", body.len());
    assert_eq!(body.matches("<h1").count(), 1, "{path}");
    assert_eq!(body.matches("<table").count(), body.matches("<caption").count(), "{path}");
    for bad in ["style=", " onclick", "javascript:", HOSTILE] {
        assert!(!body.contains(bad), "{path} has {bad}");
    }
}

#[tokio::test]
async fn nobody_but_an_operator_sees_any_page() {
    let mut desk = Desk::open(0, "en").await;
    let owner =
        desk.registry.credentials.issue(crate::auth::CredentialKind::Owner, "tg:1", desk.world.clock.now()).await;
    let owner = owner.unwrap();
    for path in ["/console/profiles", "/console/orders", "/console/orders-under-way", "/console/credentials"] {
        let answer = desk.browser.get(path).await;
        assert!(answer.status.is_redirection() || answer.status == StatusCode::UNAUTHORIZED, "{path}: {answer:?}");
    }
    let restored = desk.browser.post("/console/profiles/lao-wang/restore", &[("commit", "x")]).await;
    assert!(restored.status == 401 || restored.status == 403, "{restored:?}");
    for (token, status) in [("guessed", 401), (owner.token.expose(), 403), (ADMIN, 200)] {
        assert_eq!(desk.browser.log_in(token).await.status, status, "{token}");
    }
}

#[tokio::test]
async fn empty_books_and_an_empty_repository_are_shown_as_such_in_both_languages() {
    for (language, words) in [
        ("en", ["No profile matches", "No order is under way", "no host"]),
        ("zh-CN", ["没有匹配的档案", "没有进行中的订单", "主机"]),
    ] {
        let mut desk = Desk::logged_in(0, language).await;
        let mut shown = String::new();
        for path in ["profiles", "orders", "templates", "hosts", "credentials"] {
            shown += &desk.page(&format!("/console/{path}")).await;
        }
        for word in &words[..2] {
            assert!(shown.contains(word), "{language}: {word}");
        }
        assert!(
            shown.contains("template-crypto") && shown.contains("stock-tg") && shown.contains(">¥99<"),
            "{language}"
        );
    }
}

#[tokio::test]
async fn a_profile_is_listed_with_its_owner_template_last_change_drift_host_and_state() {
    let mut desk = Desk::logged_in(3, "en").await;
    let order = alive(&desk.world, &desk.registry.provisioner, NUMBER, "stock-tg").await;
    let name = order.profile.unwrap();
    desk.profile("claimed", "tg:7", &[("SOUL.md", "mine\n")], &format!("Begin {HOSTILE}"));
    let listed = desk.page("/console/profiles").await;
    for word in [
        name.as_str(),
        "wx:wx24:oAbC-1",
        "stock-research-lite",
        "as its template",
        ".env delivered",
        "mini",
        "live",
        "claimed",
        "tg:7",
    ] {
        assert!(listed.contains(word), "{word} in {listed}");
    }
    assert!(listed.contains("Begin &lt;script&gt;"), "escaped, and not left out");
    // Somebody edits, and only that is told.
    desk.profile(&name, "", &[("SOUL.md", "I am another.\n")], "Another soul");
    let edited = desk.page(&format!("/console/profiles?q={}", &name[..6].to_uppercase())).await;
    assert!(
        edited.contains("edited: 1 file") && !edited.contains("newer template") && !edited.contains("claimed<"),
        "{edited}"
    );
    let drift = desk.page(&format!("/console/profiles/{name}/drift")).await;
    assert!(drift.contains("+I am another.") && drift.contains("No file differs"), "{drift}");
    // The host has an old `.env` once the schema says something else.
    let schema = desk.registry.store.head().unwrap().file(&ProfileName::parse(&name).unwrap(), "secrets.schema.json");
    let schema = String::from_utf8(schema.unwrap().unwrap()).unwrap().replace("\"42\"", "\"43\"");
    desk.profile(&name, "", &[("secrets.schema.json", &schema)], "Another user");
    assert!(desk.page("/console/profiles").await.contains(".env outdated"));
    assert!(desk.page("/console/hosts/mini").await.contains(".env outdated"));
    let page = desk.page(&format!("/console/profiles/{name}")).await;
    for word in ["TWILIGHT_GATEWAY_TOKEN", "generated", "config.yaml", NUMBER, "from_pool"] {
        assert!(page.contains(word), "{word} in {page}");
    }
    assert!(desk.page(&format!("/console/profiles/{name}/files/SOUL.md")).await.contains("I am another."));
}

#[tokio::test]
async fn what_a_product_would_make_otherwise_today_is_told_apart_from_what_its_owner_did() {
    let mut desk = Desk::logged_in(3, "en").await;
    let order = alive(&desk.world, &desk.registry.provisioner, NUMBER, "stock-tg").await;
    let name = order.profile.unwrap();
    assert!(desk.page("/console/profiles").await.contains("as its template"));
    let mut desk = Desk::over(desk.world, "zh-CN", "model = \"qwen-max-2027\"").await;
    desk.browser.log_in(ADMIN).await;
    desk.profile(&name, "", &[("AGENTS.md", "mine\n")], "Edit");
    let listed = desk.page("/console/profiles").await;
    assert!(listed.contains("模板有更新：1 个文件") && listed.contains("已编辑：1 个文件"), "{listed}");
    let drift = desk.page(&format!("/console/profiles/{name}/drift")).await;
    let (newer, edited) = drift.split_once("此后的更改").unwrap();
    assert!(newer.contains("qwen-max-2027") && !newer.contains("+mine") && edited.contains("+mine"), "{drift}");
}

#[tokio::test]
async fn a_commit_is_shown_line_by_line_and_restored_after_a_question() {
    let mut desk = Desk::logged_in(0, "en").await;
    let first = desk.profile("lao-wang", "tg:7", &[("SOUL.md", "one\nsame\n")], "Begin");
    let second =
        desk.profile("lao-wang", "tg:7", &[("SOUL.md", &format!("{HOSTILE}\nsame\n")), ("AGENTS.md", "x\n")], "Edit");
    let history = desk.page("/console/profiles/lao-wang").await;
    assert!(history.contains("as now") && history.contains("data-confirm") && history.contains(&first), "{history}");
    let commit = desk.page(&format!("/console/profiles/lao-wang/commits/{second}")).await;
    assert!(
        commit.contains("removed\">-one") && commit.contains("added\">+&lt;script&gt;") && commit.contains("AGENTS.md")
    );
    assert!(!commit.contains("Back to then"), "it is so already");
    let before = desk.page(&format!("/console/profiles/lao-wang/commits/{first}")).await;
    assert!(before.contains("Back to then") && before.contains("changes 2 files"), "{before}");

    let restore = "/console/profiles/lao-wang/restore";
    let told = desk.change(restore, &[("commit", &first)]).await;
    assert!(told.contains(&format!("is again as of {}", &first[..12])), "{told}");
    let name = ProfileName::parse("lao-wang").unwrap();
    let head = desk.registry.store.head().unwrap();
    assert_eq!(head.file(&name, "SOUL.md").unwrap().unwrap(), b"one\nsame\n");
    assert_eq!(desk.registry.store.last_changes().unwrap()[&name].author, "admin <registry@localhost>");
    assert!(desk.change(restore, &[("commit", &first)]).await.contains("nothing changed"));

    for (fields, status) in
        [(&[("commit", "main")][..], 400), (&[], 400), (&[("commit", first.as_str()), ("x", "1")], 400)]
    {
        let refused = desk.browser.post(restore, fields).await;
        assert_eq!((refused.status.as_u16(), refused.body.contains("commit")), (status, true), "{refused:?}");
    }
    let unknown = desk.browser.post(restore, &[("commit", &"1".repeat(40))]).await;
    assert_eq!(unknown.status, 404, "{unknown:?}");
    assert_eq!(desk.browser.get(restore).await.status, 405, "nothing changes by looking at it");
}

#[tokio::test]
async fn an_order_that_does_not_go_on_comes_first_says_why_and_goes_on_when_it_is_tried_again() {
    let mut desk = Desk::logged_in(1, "en").await;
    desk.world.gateway.breaks(Some(503));
    let provisioner = desk.registry.provisioner.clone();
    for (number, product) in [(NUMBER, "stock-tg"), ("TW2026-0002", "stock-wx")] {
        provisioner.expect(announcement(number, product)).await.unwrap();
        provisioner.paid(receipt(number, desk.world.clock.now())).await.unwrap();
    }
    provisioner.expect(announcement("TW2026-0003", "stock-wx")).await.unwrap();
    provisioner.advance(NUMBER).await.unwrap();
    let page = desk.page("/console/orders").await;
    assert!(page.contains("Does not go on") && page.contains("503") && page.contains("parked · sealed"), "{page}");
    assert!(page.find(NUMBER) < page.find("TW2026-0002"), "what is parked comes first");
    let part = desk.browser.get("/console/orders-under-way").await;
    assert!(part.status == 200 && !part.body.contains("<html") && part.body.contains(NUMBER), "{part:?}");
    let only = desk.page("/console/orders?state=expected").await;
    assert!(only.contains("TW2026-0003") && !only.contains("TW2026-0002"), "{only}");
    assert!(desk.page("/console/orders?q=0002").await.contains("TW2026-0002"));

    let path = format!("/console/orders/{NUMBER}");
    assert!(desk.page(&path).await.contains("Try now"));
    assert!(desk.change(&format!("{path}/retry"), &[]).await.contains("It is still parked"));
    desk.world.gateway.breaks(None);
    let went_on = desk.change(&format!("{path}/retry"), &[]).await;
    assert!(went_on.contains("It went on: committed") && went_on.contains("order.retry"), "{went_on}");
    assert!(went_on.contains("TELEGRAM_BOT_TOKEN") && went_on.contains("from_pool"), "names of secrets, {went_on}");

    let not_yet = desk.browser.post("/console/orders/TW2026-0003/paired", &[]).await;
    assert_eq!((not_yet.status.as_u16(), not_yet.body.contains("expected")), (409, true), "{not_yet:?}");
    let unknown = desk.browser.post("/console/orders/TW2026-9999/retry", &[]).await;
    assert_eq!(unknown.status, 404);
    let refunded = desk.change(&format!("{path}/refund"), &[]).await;
    assert!(refunded.contains("quarantine") && refunded.contains("by-hand:TW2026-0001") && refunded.contains(">¥99<"));
    assert_eq!(provisioner.order(NUMBER).await.unwrap().state, OrderState::Quarantined);
}

#[tokio::test]
async fn whoever_waits_for_a_scan_is_alive_once_an_operator_says_so() {
    let mut desk = Desk::logged_in(0, "zh-CN").await;
    let provisioner = desk.registry.provisioner.clone();
    provisioner.expect(announcement(NUMBER, "stock-wx")).await.unwrap();
    provisioner.paid(receipt(NUMBER, desk.world.clock.now())).await.unwrap();
    let profile = provisioner.advance(NUMBER).await.unwrap().profile.unwrap();
    desk.world.fetch(&provisioner, &profile).await;
    let path = format!("/console/orders/{NUMBER}");
    let waits = desk.page(&path).await;
    assert!(waits.contains("待扫码") && waits.contains("已扫码") && !waits.contains("立即重试"), "{waits}");
    desk.world.clock.advance(chrono::TimeDelta::days(2));
    desk.browser.log_in(ADMIN).await;
    assert!(desk.page("/console/orders").await.contains("过久"), "a person who does not scan is told of");
    let alive = desk.change(&format!("{path}/paired"), &[]).await;
    assert!(alive.contains("订单已完成") && alive.contains("order.paired"), "{alive}");
    assert_eq!(provisioner.order(NUMBER).await.unwrap().state, OrderState::Alive);
    // Once more is no harm; a field that there is not is.
    assert!(desk.change(&format!("{path}/paired"), &[]).await.contains("订单已完成"));
    let odd = desk.browser.post(&format!("{path}/paired"), &[("colour", "red")]).await;
    assert_eq!((odd.status.as_u16(), odd.body.contains("colour")), (400, true), "{odd:?}");
}

#[tokio::test]
async fn a_token_is_revoked_and_what_there_is_not_is_said_to_be_not_there() {
    let mut desk = Desk::logged_in(0, "zh-CN").await;
    let issued =
        desk.registry.credentials.issue(crate::auth::CredentialKind::Host, "mini", desk.world.clock.now()).await;
    let issued = issued.unwrap();
    let page = desk.page("/console/credentials").await;
    assert!(page.contains(&issued.id) && !page.contains(issued.token.expose()), "{page}");
    let told = desk.change(&format!("/console/credentials/{}/revoke", issued.id), &[]).await;
    assert!(told.contains("已吊销"), "{told}");
    assert_eq!(desk.registry.credentials.who(issued.token.expose().as_bytes()).await.unwrap(), None);
    for (path, status, names) in [
        ("/console/profiles/nobody", 404, ""),
        ("/console/profiles/%3Cscript%3E", 404, ""),
        ("/console/profiles?state=gold", 400, "state"),
        ("/console/profiles?colour=red", 400, "colour"),
        ("/console/profiles?page=0", 400, "page"),
        ("/console/orders?state=gold", 400, "state"),
        ("/console/orders?before=yesterday", 400, "before"),
        ("/console/orders/TW2026-9999", 404, ""),
        ("/console/hosts/zebra", 404, ""),
        ("/console/hosts/mini?page=x", 400, "page"),
        ("/console/profiles/lao-wang/commits/main", 400, "commit"),
    ] {
        let answer = desk.browser.get(path).await;
        assert_eq!(answer.status.as_u16(), status, "{path}: {answer:?}");
        assert!(answer.body.contains("<html") && answer.body.contains(names), "{path}: {answer:?}");
        whole(path, &answer);
    }
}
