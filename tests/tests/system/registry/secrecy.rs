//! Marked secrets go every way there is, through the real programs; afterwards they are looked for wherever they must not
//! be: objects of git, books, notes, logs, answers, and the command line of every process.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use daemon_kit::clock::Clock;
use reqwest::Method;
use serde_json::{Value, json};
use system_tests::gateway::ADMIN_TOKEN;
use upstream_simulators::{WechatPay, WechatPayment};

use super::{
    hosts::{Shop, value},
    site::{command, git},
    support::{ADMIN, Machine},
};

const BOT: &str = "987654321:AAmarked-bot-token-of-the-pool-0001";
const OPENROUTER: &str = "sk-or-v1-5ec2e75ec2e75ec2e75ec2e75ec2e75ec2e7";
const MAIL: &str = "marked-password-5ec2e7";
const GITHUB: &str = "ghp_5EC2e75ec2e75EC2e75ec2e75EC2e75ec2e7";
/// What is no secret, and must be found where it is looked for: or the search finds nothing anyway.
const CANARY: &str = "canary-that-sings-in-every-object";

/// Marked secrets, by what they are.
type Marks = BTreeMap<&'static str, String>;

/// Everything that was found where it must not be.
fn found(place: &str, bytes: &[u8], marks: &Marks) -> Vec<String> {
    let holds = |mark: &String| bytes.windows(mark.len()).any(|window| window == mark.as_bytes());
    marks.iter().filter(|(_, mark)| holds(mark)).map(|(name, _)| format!("{place} holds {name}")).collect()
}

/// Looks at the command line of every process again and again, until it is told to end.
struct Watch {
    ends: Arc<AtomicBool>,
    seen: JoinHandle<BTreeSet<Vec<u8>>>,
}

impl Watch {
    fn begin() -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        let until = ends.clone();
        let seen = std::thread::spawn(move || {
            let mut seen = BTreeSet::new();
            while !until.load(Ordering::Acquire) {
                // Where there is no such folder, nothing is seen: see the end of the test.
                for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
                    if process.file_name().to_string_lossy().starts_with(|first: char| first.is_ascii_digit()) {
                        seen.extend(fs::read(process.path().join("cmdline")).ok().filter(|line| !line.is_empty()));
                    }
                }
                std::thread::park_timeout(Duration::from_millis(1));
            }
            seen
        });
        Self { ends, seen }
    }

    fn end(self) -> BTreeSet<Vec<u8>> {
        self.ends.store(true, Ordering::Release);
        self.seen.join().unwrap()
    }
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(self::files(&path)) } else { files.push(path) }
    }
    files
}

/// Every object of every repository below a folder, unpacked; one text for each repository.
fn objects(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut repositories: Vec<PathBuf> =
        fs::read_dir(folder.join("views")).into_iter().flatten().map(|view| view.unwrap().path()).collect();
    repositories.retain(|path| path.extension().is_some_and(|extension| extension == "git"));
    repositories.push(folder.join("registry.git"));
    let unpacked = |repository: PathBuf| {
        let output = command(&repository).args(["cat-file", "--batch-all-objects", "--batch"]).output().unwrap();
        assert!(output.status.success(), "{}", repository.display());
        (repository, output.stdout)
    };
    repositories.into_iter().map(unpacked).collect()
}

/// A command of stock git, whose token is in its environment and not on its command line.
fn stock_git(folder: &Path, token: &str) -> Command {
    let mut git = command(folder);
    git.envs([("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", "http.extraHeader")]);
    git.env("GIT_CONFIG_VALUE_0", format!("Authorization: Bearer {token}"));
    git
}

/// Everything that a program said.
#[derive(Default)]
struct Said(Vec<(String, String)>);

impl Said {
    async fn run(&mut self, machine: &Machine, words: &[&str], code: i32) {
        let answer = machine.run(words).await;
        assert_eq!(answer.code, Some(code), "{words:?}: {answer:?}");
        self.0.push((words.join(" "), format!("{}{}", answer.stdout, answer.stderr)));
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name}: {value}"))
}

/// A lived-in profile with secrets in its settings is taken in and pushed; its owner has logged in.
async fn adopt(shop: &Shop, said: &mut Said, marks: &mut Marks) -> Machine {
    let machine = shop.registry.machine(None);
    let waiting = machine.waits(&["claim", "alice"]).await;
    shop.registry.confirm(7, &waiting.operation).await;
    assert_eq!(waiting.ends().await.0, Some(0));
    let waiting = machine.waits(&["login"]).await;
    shop.registry.confirm(7, &waiting.operation).await;
    assert_eq!(waiting.ends().await.0, Some(0));
    let kept = fs::read_to_string(machine.home().join(".profile-manager/credentials.json")).unwrap();
    let kept: Value = serde_json::from_str(&kept).unwrap();
    marks.insert("an owner's token", text(&kept, "token").to_owned());

    machine.write(
        "alice",
        "config.yaml",
        format!("# mine\nmodel:\n  default: x\n  api_key: {OPENROUTER}\nmail:\n  password: {MAIL}\n"),
    );
    machine.write("alice", ".env", format!("GITHUB_TOKEN={GITHUB}\n"));
    machine.write("alice", "SOUL.md", format!("{CANARY}\n"));
    said.run(&machine, &["adopt", "alice", "--dry-run"], 0).await;
    // Not before they are out of it.
    said.run(&machine, &["push", "alice"], 4).await;
    said.run(&machine, &["adopt", "alice", "--yes"], 0).await;
    said.run(&machine, &["push", "alice"], 0).await;
    said.run(&machine, &["sync", "alice"], 0).await;
    said.run(&machine, &["doctor"], 0).await;
    machine.write("alice", "skills/mine/notes.md", format!("log in with {GITHUB}\n"));
    said.run(&machine, &["sync", "alice"], 4).await;
    fs::remove_dir_all(machine.path("alice", "skills")).unwrap();
    machine
}

/// Both other doors refuse what the command line would not even send.
async fn refused_at_the_doors(shop: &Shop, token: &str, said: &mut Said) {
    let change = json!({"base": null, "message": "x", "changes": [{"path": "SOUL.md", "content": "Z2hwXzVFQzJlNzVlYzJlNzVFQzJlNzVlYzJlNzVFQzJlNzVlYzJlNw=="}]});
    let (_, row) = shop.registry.get("/profiles/alice", token).await;
    let mut body = change;
    body["base"] = row["content_id"].clone();
    let answer = shop.registry.request(Method::POST, "/profiles/alice/commits", Some(token)).json(&body);
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 422);
    said.0.push(("POST /profiles/alice/commits".to_owned(), answer.text().await.unwrap()));

    let folder = tempfile::tempdir().unwrap();
    let url = format!("{}/git/mine.git", shop.registry.url());
    let clone = stock_git(folder.path(), token).args(["clone", "-q", &url, "work"]).output().unwrap();
    assert!(clone.status.success(), "{}", String::from_utf8_lossy(&clone.stderr));
    let work = folder.path().join("work");
    fs::write(work.join("profiles/alice/SOUL.md"), format!("{GITHUB}\n")).unwrap();
    git(&work, &["commit", "-qam", "A secret"]);
    fs::write(work.join("profiles/alice/SOUL.md"), format!("{CANARY}\n")).unwrap();
    git(&work, &["commit", "-qam", "And away with it"]);
    let push = stock_git(&work, token).args(["push", "-q"]).output().unwrap();
    assert!(!push.status.success(), "a secret in the middle of a push");
    said.0.push(("git push".to_owned(), String::from_utf8_lossy(&push.stderr).into_owned()));
}

/// Two payments and a refund, and a host that keeps up with them.
async fn provision(shop: &Shop, wechat: &WechatPay, said: &mut Said, marks: &mut Marks) -> Machine {
    let host = shop.host("mini").await;
    marks.insert("a host's token", host.token().unwrap().to_owned());
    let identity = fs::read_to_string(host.home().join(".profile-manager/host.age")).unwrap();
    let identity = identity.lines().find(|line| line.starts_with("AGE-SECRET-KEY")).unwrap();
    marks.insert("a host's identity", identity.to_owned());

    let profile = shop.sold("TW2026-0001").await;
    said.run(&host, &["host", "sync"], 0).await;
    for name in ["TWILIGHT_GATEWAY_TOKEN", "TWILIGHT_API_TOKEN"] {
        marks.insert(
            if name.contains("API") { "a token for the API" } else { "a token for the gateway" },
            value(&host, &profile, name),
        );
    }
    assert_eq!(value(&host, &profile, "TELEGRAM_BOT_TOKEN"), BOT);

    let order = json!({"out_trade_no": "TW2026-0002", "product": "stock-pro", "values": {"TELEGRAM_USER": "9"}});
    shop.registry.post("/orders", Some(ADMIN), order).await;
    let payment = WechatPayment { out_trade_no: "TW2026-0002", transaction_id: "42", openid: "oA", amount_fen: 19_900 };
    let notice = wechat.paid(&payment, Clock::system().now());
    let mut request = shop.registry.request(Method::POST, "/payments/wechat", None).body(notice.body);
    for (name, value) in notice.headers {
        request = request.header(name, value);
    }
    assert_eq!(request.send().await.unwrap().status().as_u16(), 204);
    // The pool holds one bot only: this order waits for another.
    shop.order("TW2026-0002", "parked").await;
    shop.registry.post("/orders/TW2026-0001/refund", Some(ADMIN), json!({})).await;
    shop.order("TW2026-0001", "quarantined").await;
    said.run(&host, &["host", "sync"], 0).await;
    host
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_in_git_books_notes_logs_answers_or_command_lines() {
    let watch = Watch::begin();
    let (wechat, key) = (WechatPay::default(), tempfile::NamedTempFile::new().unwrap());
    fs::write(key.path(), wechat.public_key_pem()).unwrap();
    let merchant = wechat.configuration(key.path().to_str().unwrap());
    let shop = Shop::open_with(&merchant, BOT).await;
    let mut marks = Marks::from([
        ("a bot's token", BOT.to_owned()),
        ("a model provider's key", OPENROUTER.to_owned()),
        ("a password", MAIL.to_owned()),
        ("a key of GitHub's", GITHUB.to_owned()),
        (
            "the merchant's key",
            merchant.lines().find_map(|line| line.strip_prefix("api_v3_key = ")).unwrap().trim_matches('"').to_owned(),
        ),
    ]);
    let mut said = Said::default();
    let host = provision(&shop, &wechat, &mut said, &mut marks).await;
    let machine = adopt(&shop, &mut said, &mut marks).await;
    refused_at_the_doors(&shop, &marks["an owner's token"], &mut said).await;

    let state = shop.registry.state();
    let mut wrong = Vec::new();
    let unpacked = objects(&state);
    let canary =
        |(_, bytes): &(PathBuf, Vec<u8>)| bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes());
    assert_eq!(unpacked.iter().filter(|repository| canary(repository)).count(), 2, "main, and its owner's view");
    // Those that only configurations and one identity file hold are looked for there, too.
    let mut ours = marks.clone();
    ours.insert("the operators' token", ADMIN.to_owned());
    ours.insert("the gateway's admin token", ADMIN_TOKEN.to_owned());
    let own = fs::read_to_string(state.join("registry.age")).unwrap();
    ours.insert("the registry's identity", own.lines().find(|line| line.starts_with("AGE-")).unwrap().to_owned());
    for (repository, bytes) in &unpacked {
        wrong.extend(found(&repository.display().to_string(), bytes, &ours));
    }
    // Books and everything else that the registry keeps, byte by byte; sealed columns are sealed.
    let kept = files(&state);
    assert!(kept.iter().any(|path| path.extension().is_some_and(|extension| extension == "sqlite")), "{kept:?}");
    for path in kept.iter().filter(|path| !path.ends_with("registry.age")) {
        wrong.extend(found(&path.display().to_string(), &fs::read(path).unwrap(), &ours));
    }
    // What the command line remembers, but for the files that are there to hold one.
    for machine in [&host, &machine] {
        let notes = machine.home().join(".profile-manager");
        let holds = |path: &PathBuf| {
            path.ends_with("credentials.json") || path.ends_with("host.age") || path.starts_with(notes.join("adopted"))
        };
        for path in files(&notes).iter().filter(|path| !holds(path)) {
            wrong.extend(found(&path.display().to_string(), &fs::read(path).unwrap(), &ours));
        }
        let profiles = files(&machine.home().join("profiles"));
        for path in profiles.iter().filter(|path| !path.ends_with(".env")) {
            wrong.extend(found(&path.display().to_string(), &fs::read(path).unwrap(), &ours));
        }
    }
    wrong.extend(found("the registry's log", shop.registry.daemon.log().as_bytes(), &ours));
    wrong.extend(found("the gateway's log", shop.gateway.daemon.log().as_bytes(), &ours));
    for (what, text) in &said.0 {
        wrong.extend(found(what, text.as_bytes(), &ours));
    }
    let lines = watch.end();
    for line in &lines {
        // The operators' own token is the same in other tests, which may run beside this one.
        wrong.extend(found(&String::from_utf8_lossy(line).replace('\0', " "), line, &marks));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");

    // The search does find what is there.
    assert_eq!(found(".env", host.read("alice", ".env").as_bytes(), &marks), Vec::<String>::new());
    let env = machine.read("alice", ".env");
    assert_eq!(found(".env", env.as_bytes(), &marks).len(), 3, "{env}");
    let seen = |program: &str| lines.iter().any(|line| String::from_utf8_lossy(line).contains(program));
    if Path::new("/proc/self/cmdline").exists() {
        assert!(
            seen("profile-registry") && seen("hermes-profile-manager") && seen("http-backend"),
            "processes are seen"
        );
    }
}
