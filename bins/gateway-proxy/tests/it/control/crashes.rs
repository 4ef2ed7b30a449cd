//! The gateway's own program, killed at the worst moments, and once more.

use std::{
    io::{BufRead as _, BufReader},
    os::unix::process::ExitStatusExt as _,
    process::{Child, Command, Stdio},
};

use chrono::TimeDelta;
use daemon_kit::clock::Clock;
use gateway_proxy::crash_point;
use route_policy::{Cny, Day};
use serde_json::Value;
use upstream_simulators::{LlmDialect, LlmOptions};

use super::kit::{Operated, eventually};

/// What the simulated provider bills by.
const PRICES: &str =
    "[[prices]]\nmodel = \"*\"\nfrom = \"2026-01-01\"\ninput = \"0.8\"\ncached_input = \"0.16\"\noutput = \"2\"\n";
/// The lease that is spent, and the one that is taken ahead.
const LEASES: Cny = Cny::from_yuan(4);

/// Ended at the latest when dropped.
struct Program {
    child: Child,
}

impl Program {
    fn start(gateway: &Operated, crash_at: &str) -> Self {
        let file = gateway.folder.path().join("twilight.toml");
        std::fs::write(&file, format!("[telemetry]\nformat = \"json\"\n{}", gateway.text)).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_gateway-proxy"));
        command.arg("--config").arg(file).env_clear().env("TWILIGHT_CRASH_AT", crash_at);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        Self { child: command.spawn().unwrap() }
    }

    /// Where it listens, once it says so; none where it dies before.
    fn address(&mut self) -> Option<String> {
        let lines = BufReader::new(self.child.stderr.take().unwrap()).lines();
        let mut values = lines.map_while(Result::ok).filter_map(|line| serde_json::from_str::<Value>(&line).ok());
        let address = values.find_map(|line| line["http.address"].as_str().map(str::to_owned))?;
        // Nobody may fill the pipe.
        std::thread::spawn(move || values.for_each(drop));
        Some(address)
    }

    async fn killed(mut self) {
        let ended = eventually("it kills itself", async || self.child.try_wait().unwrap()).await;
        assert_eq!(ended.signal(), Some(9), "{ended}");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // An error says that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A gateway that was set up, and is not running.
async fn gateway() -> Operated {
    let mut gateway = Operated::over(LlmOptions::with_keys(LlmDialect::DashScope, 1)).await;
    std::fs::write(gateway.folder.path().join("prices.toml"), PRICES).unwrap();
    gateway.stop().await;
    // The program has the machine's clock.
    gateway.clock = Clock::system();
    gateway
}

impl Operated {
    /// What the books count as spent: all of it, and what was written off of it.
    async fn spent(&self) -> (Cny, Cny) {
        let now = self.clock.now();
        let (from, to) = (Day::of(now - TimeDelta::days(1)), Day::of(now));
        let told = self.get(&format!("/admin/usage?by=profile&from={from}&to={to}")).await;
        let lines = told["usage"].as_array().unwrap().clone();
        let sum = |of: &dyn Fn(&Value) -> bool| -> Cny {
            let lines = lines.iter().filter(|line| of(line));
            lines.map(|line| line["cny"].as_str().unwrap().parse::<Cny>().unwrap()).sum()
        };
        (sum(&|_| true), sum(&|line| line["key"] == "(written off)"))
    }

    async fn chat_at(&self, address: &str) -> Option<u16> {
        let body = r#"{"model":"qwen-plus","max_tokens":8,"messages":[{"role":"user","content":"hi"}]}"#;
        let url = format!("http://{address}/v1/chat/completions");
        let answer = self.client.post(url).bearer_auth(self.caller()).body(body).send().await.ok()?;
        Some(answer.status().as_u16())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_with_a_lease_that_nobody_may_spend_yet_it_counts_as_spent() {
    let mut gateway = gateway().await;
    let mut program = Program::start(&gateway, crash_point::LEASE_TAKEN);
    program.address();
    program.killed().await;
    gateway.begin().await;
    let (spent, written_off) = gateway.spent().await;
    assert_eq!(spent, written_off);
    assert!(spent > Cny::ZERO && spent <= LEASES, "{spent}");
    assert_eq!(gateway.chat().await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_a_charge_and_its_record_no_money_is_lost() {
    let mut gateway = gateway().await;
    let mut program = Program::start(&gateway, crash_point::CHARGED);
    let address = program.address().unwrap();
    // Its answer may not arrive: the process dies over it.
    gateway.chat_at(&address).await;
    program.killed().await;
    let billed = Cny::from_nano(gateway.llm.billed_nano());
    gateway.begin().await;
    let (spent, written_off) = gateway.spent().await;
    assert!(billed > Cny::ZERO && written_off >= billed, "{written_off} for {billed}");
    assert!(spent <= billed + LEASES, "{spent}");
    assert_eq!(gateway.get("/admin/requests").await["requests"].as_array().unwrap().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_amid_its_shutdown_every_record_is_there_and_the_rest_is_written_off() {
    let mut gateway = gateway().await;
    let mut program = Program::start(&gateway, crash_point::BEFORE_RETURN);
    let address = program.address().unwrap();
    for _ in 0..3 {
        assert_eq!(gateway.chat_at(&address).await, Some(200));
    }
    let pid = rustix::process::Pid::from_child(&program.child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    program.killed().await;
    let billed = Cny::from_nano(gateway.llm.billed_nano());
    gateway.begin().await;
    let (spent, written_off) = gateway.spent().await;
    assert_eq!(gateway.get("/admin/requests").await["requests"].as_array().unwrap().len(), 3);
    assert_eq!(spent - written_off, billed);
    assert!(written_off > Cny::ZERO && written_off <= LEASES, "{written_off}");
}
