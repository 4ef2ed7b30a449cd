//! `profile-registry`'s own binary over a folder of its own, people on Telegram, and `hermes-profile-manager`'s own binary
//! with homes of its own.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use reqwest::{Method, RequestBuilder, Url};
use ring::hmac::{HMAC_SHA256, Key, sign};
use serde_json::{Value, json};
use system_tests::{Answer, Daemon, binary, eventually, run};
use tempfile::TempDir;

/// The operators' token.
pub(crate) const ADMIN: &str = "the-token-of-operators";
const BOT_TOKEN: &str = "123456789:AAF0rZ0Jc2hDqVbT3m9sYx8uKq1LwEoPn5I";
/// What one run of a command line may take.
const BOUND: Duration = Duration::from_secs(60);

/// A registry that runs. Its address is another one after [`Self::restart`].
pub(crate) struct Registry {
    folder: TempDir,
    pub(crate) daemon: Daemon,
    client: reqwest::Client,
}

/// `hermes-profile-manager` on one machine.
pub(crate) struct Machine {
    home: TempDir,
    url: String,
    token: Option<String>,
}

impl Registry {
    pub(crate) async fn start() -> Self {
        Self::start_with("").await
    }

    /// With these lines at the end of its configuration.
    pub(crate) async fn start_with(lines: &str) -> Self {
        Self::start_with_keys("", lines).await
    }

    /// With these keys of its own, and these lines at the end of its configuration.
    pub(crate) async fn start_with_keys(keys: &str, lines: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("registry");
        let text = format!(
            "[queue]\nredis_url = \"redis://127.0.0.1:1/0\"\n[profile-registry]\nlisten = \"127.0.0.1:0\"\n\
             state = \"{}\"\nadmin_token = \"{ADMIN}\"\nanonymous_per_minute = 100000\n\
             max_profiles_per_owner = 5000\n{keys}\n[profile-registry.telegram]\nbot = \"TwilightBot\"\n\
             bot_token = \"{BOT_TOKEN}\"\n{lines}\n",
            state.display()
        );
        std::fs::write(folder.path().join("twilight.toml"), text).unwrap();
        let daemon = Self::daemon(folder.path(), &[]).await;
        let client = daemon_kit::http::client(&daemon_kit::http::ClientOptions::default()).unwrap();
        Self { folder, daemon, client }
    }

    /// `kill -9`, and a new process over the same folder with these variables.
    pub(crate) async fn restart(self, environment: &[(&str, &str)]) -> Self {
        let Self { folder, daemon, client } = self;
        daemon.kill();
        let daemon = Self::daemon(folder.path(), environment).await;
        Self { folder, daemon, client }
    }

    async fn daemon(folder: &Path, environment: &[(&str, &str)]) -> Daemon {
        let mut command = Command::new(binary("profile-registry"));
        command.arg("--config").arg(folder.join("twilight.toml")).envs(environment.iter().copied());
        Daemon::start(command).await
    }

    /// `[profile-registry] state`.
    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("registry")
    }

    pub(crate) fn url(&self) -> &str {
        &self.daemon.url
    }

    pub(crate) fn request(&self, method: Method, path: &str, token: Option<&str>) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.daemon.url));
        match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// The status and the body; null where it is no JSON.
    pub(crate) async fn get(&self, path: &str, token: &str) -> (u16, Value) {
        answer(self.request(Method::GET, path, Some(token))).await
    }

    pub(crate) async fn post(&self, path: &str, token: Option<&str>, body: Value) -> (u16, Value) {
        answer(self.request(Method::POST, path, token).json(&body)).await
    }

    /// Registers a host; its token.
    pub(crate) async fn host(&self, name: &str, recipient: &str) -> String {
        let (status, told) = self.post("/hosts", Some(ADMIN), json!({"name": name, "recipient": recipient})).await;
        assert_eq!(status, 201, "{told}");
        told["token"].as_str().unwrap().to_owned()
    }

    /// A further token of an owner, without a proof.
    pub(crate) async fn token_of(&self, owner: &str) -> String {
        let (status, told) = self.post("/credentials", Some(ADMIN), json!({"kind": "owner", "subject": owner})).await;
        assert_eq!(status, 201, "{told}");
        told["token"].as_str().unwrap().to_owned()
    }

    /// A person on Telegram claims a profile; their token.
    pub(crate) async fn claimed_by(&self, user: u64, profile: &str) -> String {
        let (status, begun) = self.post("/claims", None, json!({"profile": profile})).await;
        assert_eq!(status, 201, "{begun}");
        let operation = begun["operation"].as_str().unwrap();
        let told = self.confirm(user, operation).await;
        assert_eq!(told["state"], "done", "{told}");
        let poll = begun["poll"].as_str().unwrap();
        let (_, told) = self.get(&format!("/operations/{operation}"), poll).await;
        told["token"].as_str().unwrap_or_else(|| panic!("{told}")).to_owned()
    }

    /// A person confirms an operation in Telegram.
    pub(crate) async fn confirm(&self, user: u64, operation: &str) -> Value {
        let data = launch_data(user, operation);
        self.post(&format!("/operations/{operation}/telegram"), None, json!({"init_data": data})).await.1
    }

    /// OWNERS as anybody with the right to may see it: `profile | owner` …
    pub(crate) async fn owners(&self) -> Vec<(String, String)> {
        let (status, told) = self.get("/ownership", ADMIN).await;
        assert_eq!(status, 200, "{told}");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let lines = told["owners"].as_array().unwrap().iter();
        lines.map(|line| (text(&line["profile"]), text(&line["owner"]))).collect()
    }

    /// A machine of whoever has this token.
    pub(crate) fn machine(&self, token: Option<&str>) -> Machine {
        Machine { home: tempfile::tempdir().unwrap(), url: self.daemon.url.clone(), token: token.map(str::to_owned) }
    }
}

impl Machine {
    /// The same machine with this token from now on.
    pub(crate) fn with_token(self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self }
    }

    /// Its token.
    pub(crate) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The registry is somewhere else by now.
    pub(crate) fn moves_to(&mut self, registry: &Registry) {
        self.url = registry.url().to_owned();
    }

    /// `~/.hermes`.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Where a file of a profile is.
    pub(crate) fn path(&self, profile: &str, path: &str) -> PathBuf {
        self.home().join("profiles").join(profile).join(path)
    }

    /// Writes a file of a profile.
    pub(crate) fn write(&self, profile: &str, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(profile, path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Reads a file of a profile; empty where there is none.
    pub(crate) fn read(&self, profile: &str, path: &str) -> String {
        std::fs::read_to_string(self.path(profile, path)).unwrap_or_default()
    }

    /// The command line; no secret is in its arguments.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary("hermes-profile-manager"));
        command.env_clear().env("HERMES_HOME", self.home()).env("TWILIGHT_REGISTRY_URL", &self.url);
        if let Some(token) = &self.token {
            command.env("TWILIGHT_REGISTRY_TOKEN", token);
        }
        command.args(args);
        command
    }

    /// Runs it to its end.
    pub(crate) async fn run(&self, args: &[&str]) -> Answer {
        run(self.command(args), BOUND).await
    }

    /// Runs it; it has to end well. What it said.
    pub(crate) async fn done(&self, args: &[&str]) -> String {
        let answer = self.run(args).await;
        assert_eq!(answer.code, Some(0), "{args:?}: {answer:?}");
        answer.stdout
    }

    /// Runs it with `--json`; it has to end well.
    pub(crate) async fn json(&self, args: &[&str]) -> Value {
        let args: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
        let said = self.done(&args).await;
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"))
    }

    /// Starts a command that waits for a proof, and the operation that it waits for.
    pub(crate) async fn waits(&self, args: &[&str]) -> Waiting {
        let said = tempfile::NamedTempFile::new().unwrap();
        let mut command = self.command(args);
        command.arg("--json").stdin(Stdio::null()).stderr(Stdio::inherit());
        let child = command.stdout(said.reopen().unwrap()).spawn().unwrap();
        let mut waiting = Waiting { child, said, operation: String::new() };
        waiting.operation = eventually("the command says what it waits for", async || {
            let line = waiting.events().into_iter().find(|event| event["event"] == "proof")?;
            Some(line["operation"].as_str()?.to_owned())
        })
        .await;
        waiting
    }
}

/// A command that waits for a proof. Killed when dropped.
pub(crate) struct Waiting {
    child: Child,
    said: tempfile::NamedTempFile,
    pub(crate) operation: String,
}

impl Waiting {
    fn events(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.said.path()).unwrap();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Its exit code and everything it said.
    pub(crate) async fn ends(mut self) -> (Option<i32>, Vec<Value>) {
        let status = eventually("the command ends", async || self.child.try_wait().unwrap()).await;
        (status.code(), self.events())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        // An error says that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default())
}

/// What Telegram gives to the Mini App that a person opens through an operation's link: signed as Telegram documents it.
fn launch_data(user: u64, operation: &str) -> String {
    let user = format!("{{\"id\":{user},\"first_name\":\"Wang\"}}");
    let date = daemon_kit::clock::Clock::system().now().timestamp().to_string();
    // Ever another one: the same proof is not accepted twice.
    let fields =
        [("auth_date", date.as_str()), ("query_id", operation), ("start_param", operation), ("user", user.as_str())];
    let lines: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let secret = sign(&Key::new(HMAC_SHA256, b"WebAppData"), BOT_TOKEN.as_bytes());
    let hash = sign(&Key::new(HMAC_SHA256, secret.as_ref()), lines.join("\n").as_bytes());
    let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let mut url = Url::parse("http://localhost/").unwrap();
    url.query_pairs_mut().extend_pairs(fields).append_pair("hash", &hash);
    url.query().unwrap().to_owned()
}
