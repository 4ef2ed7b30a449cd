//! Hosts with everything on them, in folders of their own, and one folder for their backups.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use age::{secrecy::ExposeSecret as _, x25519};
use reqwest::Method;
use serde_json::{Value, json};
use system_tests::{
    Answer, Daemon, Stage, binary, eventually,
    gateway::{ADMIN_TOKEN, Gateway},
    market, run,
};
use tempfile::TempDir;
use upstream_simulators::{LlmDialect, LlmOptions, LlmServer};

pub(super) const REGISTRY_TOKEN: &str = "the-token-of-registry-operators";
pub(super) const BOT: &str = "123456789:AAF0rZ0Jc2hDqVbT3m9sYx8uKq1LwEoPn5I";
pub(super) const MASTER_KEY: &str = "0123456789abcdef0123456789abcdef-master";
const BOUND: Duration = Duration::from_secs(120);

/// What outlives hosts: vendors, the provider of models, Redis, the backups, and the recovery identity.
pub(super) struct Site {
    pub(super) stage: Stage,
    pub(super) llm: LlmServer,
    pub(super) identity: x25519::Identity,
    folder: TempDir,
    client: reqwest::Client,
}

/// A host: the working folder of its daemons.
pub(super) struct Host<'a> {
    pub(super) site: &'a Site,
    pub(super) root: PathBuf,
}

/// The daemons of a host.
pub(super) struct Running {
    pub(super) gateway: Gateway,
    pub(super) registry: Daemon,
    pub(super) worker: Daemon,
    client: reqwest::Client,
}

impl Site {
    pub(super) async fn new() -> Self {
        let stage = Stage::new(&market(30, 8)).await;
        let llm = LlmServer::start(LlmOptions::with_keys(LlmDialect::DashScope, 2)).await.unwrap();
        let folder = tempfile::Builder::new().prefix("twilight-backup-").tempdir().unwrap();
        let identity = x25519::Identity::generate();
        let text = format!("# kept elsewhere\n{}\n", identity.to_string().expose_secret());
        fs::write(folder.path().join("recovery.age"), text).unwrap();
        let client = daemon_kit::http::client(&daemon_kit::http::ClientOptions::default()).unwrap();
        Self { stage, llm, identity, folder, client }
    }

    /// The host that everything begins on.
    pub(super) fn host(&self) -> Host<'_> {
        let host = self.empty_host("first");
        host.configure();
        host
    }

    /// A host where nothing is.
    pub(super) fn empty_host(&self, name: &str) -> Host<'_> {
        let root = self.folder.path().join("hosts").join(name);
        fs::create_dir_all(&root).unwrap();
        Host { site: self, root }
    }

    pub(super) fn identity_file(&self) -> PathBuf {
        self.folder.path().join("recovery.age")
    }

    pub(super) fn backups(&self) -> PathBuf {
        self.folder.path().join("backups")
    }

    /// `twilight backup` as on a host without any configuration.
    pub(super) fn backup(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary("twilight"));
        command
            .current_dir(self.folder.path())
            .args(["backup", args[0], "--folder"])
            .arg(self.backups())
            .args(&args[1..]);
        command
    }

    /// Restores the newest backup to a host.
    pub(super) fn restore(&self, host: &Host<'_>, more: &[&str]) -> Command {
        let mut command = self.backup(&["restore", "--identity"]);
        command.arg(self.identity_file()).arg("--root").arg(&host.root).args(more);
        command
    }

    /// Every file of the backups.
    pub(super) fn stored(&self) -> Vec<PathBuf> {
        files(&self.backups())
    }

    /// The pieces of a file of the newest backup.
    pub(super) fn pieces(&self, kind: &str, path: &str) -> Vec<PathBuf> {
        let mut manifests = files(&self.backups().join("snapshots"));
        manifests.sort();
        let newest: Value = serde_json::from_slice(&fs::read(manifests.last().unwrap()).unwrap()).unwrap();
        let part = newest["parts"].as_array().unwrap().iter().find(|part| part["part"] == kind).unwrap();
        let mut all = part["files"].as_array().unwrap().iter();
        let file = all.find(|file| file["path"].as_str().unwrap().contains(path)).unwrap_or_else(|| panic!("{part}"));
        let name = |piece: &Value| piece.as_str().unwrap().to_owned();
        let names = file["pieces"].as_array().unwrap().iter().map(name);
        names.map(|name| self.backups().join("objects").join(&name[..2]).join(name)).collect()
    }
}

/// Every file below a folder.
pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// Runs a command to its end.
pub(super) async fn ends(command: Command) -> Answer {
    run(command, BOUND).await
}

/// Runs a command; it must end well.
pub(super) async fn done(command: Command) -> String {
    let what = format!("{command:?}");
    let answer = ends(command).await;
    assert_eq!(answer.code, Some(0), "{what}: {answer:?}");
    answer.stdout
}

/// Runs a command; it must end with 1 and say all these words.
#[track_caller]
pub(super) fn failed(answer: &Answer, words: &[&str]) {
    assert_eq!(answer.code, Some(1), "{answer:?}");
    for word in words {
        assert!(answer.stderr.contains(word) || answer.stdout.contains(word), "{word:?} is not in {answer:?}");
    }
}

/// A command that kills itself at a moment.
pub(super) fn dying_at(mut command: Command, moment: &str) -> Command {
    command.env("TWILIGHT_CRASH_AT", moment);
    command
}

impl Host<'_> {
    fn configure(&self) {
        let secret = |name: &str, text: &str| {
            let path = self.root.join("secrets").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, format!("{text}\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        };
        let keys = self.site.llm.keys();
        secret("gateway_admin_token", ADMIN_TOKEN);
        secret("gateway_master_key", MASTER_KEY);
        secret("registry_admin_token", REGISTRY_TOKEN);
        secret("key_1", &keys[0].secret);
        secret("key_2", &keys[1].secret);
        let prices = "[[prices]]\nmodel = \"qwen-plus\"\nfrom = \"2026-01-01\"\ninput = \"1\"\noutput = \"4\"\n";
        fs::write(self.root.join("prices.toml"), prices).unwrap();
        let stage = fs::read_to_string(self.site.stage.config()).unwrap();
        let stage = stage.replace(&format!("{}/", self.site.stage.folder().display()), "data/");
        let channel = |number: usize, model: &str, budget: &str| {
            format!(
                "[[gateway-proxy.channels]]\nname = \"{}\"\ndialect = \"dashscope\"\nbase_url = \"{}\"\n\
                 key_file = \"secrets/key_{number}\"\nmodels = [\"{model}\"]\nrpm = 0\ntpm = 0\nbudget_cny_per_day = \"{budget}\"\n\n",
                keys[number - 1].name,
                self.site.llm.base_url(),
            )
        };
        let more = format!(
            "\n[gateway-proxy]\nlisten = \"127.0.0.1:0\"\nstate = \"data/gateway\"\nprices = \"prices.toml\"\n\
             admin_token_file = \"secrets/gateway_admin_token\"\nmaster_key_file = \"secrets/gateway_master_key\"\n\n\
             [gateway-proxy.jobs]\nreconcile_balances = \"off\"\n\n{}{}\
             [profile-registry]\nlisten = \"127.0.0.1:0\"\nstate = \"data/registry\"\nanonymous_per_minute = 100000\n\
             admin_token_file = \"secrets/registry_admin_token\"\nrecovery_recipient = \"{}\"\n\
             gateway_url = \"http://127.0.0.1:1\"\ngateway_token_file = \"secrets/gateway_admin_token\"\n\n\
             [[profile-registry.products]]\nname = \"stock-pro\"\ntemplate = \"template-stock-research-pro\"\n\
             amount_fen = 19900\nchannel = \"telegram\"\n\n[backup]\nfolder = \"{}\"\n",
            channel(1, "qwen-plus", "none"),
            channel(2, "qwen-max", "500"),
            self.site.identity.to_public(),
            self.site.backups().display(),
        );
        fs::write(self.root.join("twilight.toml"), stage + &more).unwrap();
    }

    /// The command that runs the program `name` here.
    pub(super) fn command(&self, name: &str) -> Command {
        let mut command = Command::new(binary(name));
        command.current_dir(&self.root).args(["--config", "twilight.toml"]);
        command
    }

    /// Starts everything.
    pub(super) async fn start(&self) -> Running {
        let gateway = Gateway::start(self.command("gateway-proxy")).await;
        // It listens elsewhere each time.
        let config = self.root.join("twilight.toml");
        let text = fs::read_to_string(&config).unwrap();
        let line = text.lines().find(|line| line.starts_with("gateway_url")).unwrap();
        fs::write(&config, text.replace(line, &format!("gateway_url = \"{}\"", gateway.url()))).unwrap();
        let registry = Daemon::start(self.command("profile-registry")).await;
        let worker = Daemon::start(self.command("ingest-worker")).await;
        Running { gateway, registry, worker, client: self.site.client.clone() }
    }

    /// Takes a backup.
    pub(super) async fn back_up(&self) -> Value {
        let mut command = self.command("twilight");
        command.args(["backup", "create", "--json"]);
        serde_json::from_str(&done(command).await).unwrap()
    }

    pub(super) fn published(&self) -> PathBuf {
        self.root.join("data/warehouse/published")
    }

    /// The logical hash of the published generation, which must be whole, and its number.
    pub(super) async fn generation(&self) -> (String, u64) {
        let published = self.published();
        let report = tokio::task::spawn_blocking(move || warehouse::verify(&published, None)).await.unwrap().unwrap();
        assert!(report.is_whole(), "{:?}", report.problems);
        (report.manifest.logical_hash, report.manifest.generation)
    }

    /// Where main of its registry is.
    pub(super) fn main(&self) -> String {
        self.git(&["rev-parse", "main"]).trim().to_owned()
    }

    /// A file on main of its registry.
    pub(super) fn text(&self, path: &str) -> String {
        self.git(&["show", &format!("main:{path}")])
    }

    fn git(&self, args: &[&str]) -> String {
        let repository = self.root.join("data/registry/registry.git");
        let output = Command::new("git").arg("-C").arg(repository).args(args).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The bits of who may read a file.
    pub(super) fn mode(&self, path: &str) -> u32 {
        fs::metadata(self.root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}")).permissions().mode()
            & 0o777
    }
}

impl Running {
    /// Asks the registry as an operator.
    pub(super) async fn registry(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let url = format!("{}{path}", self.registry.url);
        let mut request = self.client.request(method, url).bearer_auth(REGISTRY_TOKEN);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default())
    }

    /// Somebody pays for a profile; its name, once it is committed.
    pub(super) async fn sold(&self, number: &str, payer: &str) -> String {
        let order = json!({"out_trade_no": number, "product": "stock-pro", "payer": payer});
        let (status, told) = self.registry(Method::POST, "/provision", Some(order)).await;
        assert!(status == 201 || status == 202, "{status} {told}");
        self.order(number, &["committed", "alive"]).await["profile"].as_str().unwrap().to_owned()
    }

    /// The order, once it is in one of these states.
    pub(super) async fn order(&self, number: &str, states: &[&str]) -> Value {
        eventually("the order moves on", async || {
            let (_, order) = self.registry(Method::GET, &format!("/orders/{number}"), None).await;
            states.contains(&order["state"].as_str()?).then_some(order)
        })
        .await
    }

    /// Puts values into the pool of bots, and registers a machine.
    pub(super) async fn ready_to_sell(&self, bots: &[String], recipient: &str) -> String {
        let (status, told) = self.registry(Method::POST, "/pools/telegram_bot", Some(json!({"values": bots}))).await;
        assert_eq!(status, 200, "{told}");
        let host = json!({"name": "mini", "recipient": recipient});
        let (status, told) = self.registry(Method::POST, "/hosts", Some(host)).await;
        assert_eq!(status, 201, "{told}");
        told["token"].as_str().unwrap().to_owned()
    }

    /// The host is lost.
    pub(super) fn dies(self) {
        self.gateway.daemon.kill();
        self.registry.kill();
        self.worker.kill();
    }

    /// Everything ends well.
    pub(super) async fn stop(self) {
        self.worker.stop().await;
        self.registry.stop().await;
        self.gateway.daemon.stop().await;
    }
}
