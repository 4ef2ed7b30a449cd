//! What the figures were measured on, and what a process used.

use std::{path::PathBuf, time::Duration};

use anyhow::Context as _;
use serde_json::{Value, json};

/// The processors that everything measured shares, load generator and simulated vendor included.
pub(crate) const PROCESSORS: [usize; 2] = [0, 1];

/// The processors of what is measured alone, and of what loads it, where a step keeps them apart.
pub(crate) const MEASURED: &[usize] = &PROCESSORS;
pub(crate) const LOAD: &[usize] = &[2, 3];

/// Where a step that keeps load apart puts what.
pub(crate) fn describe_apart() -> String {
    if keeps_apart() {
        format!("measured on {MEASURED:?}, load generator and provider on {LOAD:?}")
    } else {
        format!("all on {MEASURED:?}: this machine has less than four")
    }
}

/// Confines this thread, and with it every child that it starts from now on, to `processors`; to [`PROCESSORS`] where
/// there are not enough to keep load apart. Without effect where the system cannot do that.
pub(crate) fn pin(processors: &[usize]) {
    #[cfg(target_os = "linux")]
    {
        let mut set = rustix::thread::CpuSet::new();
        let processors = if keeps_apart() { processors } else { MEASURED };
        processors.iter().for_each(|processor| set.set(*processor));
        // `confine` has told whether this works here.
        let _ = rustix::thread::sched_setaffinity(None, &set);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = processors;
}

fn keeps_apart() -> bool {
    let processors = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    processors.lines().filter(|line| line.starts_with("processor")).count() >= 4
}

/// Confines this process, and with it every child that it starts, to [`PROCESSORS`]. Call it before any thread starts.
/// Says why not where the system cannot do that; the figures are then for the whole machine.
pub(crate) fn confine() -> String {
    #[cfg(target_os = "linux")]
    {
        let mut set = rustix::thread::CpuSet::new();
        PROCESSORS.iter().for_each(|processor| set.set(*processor));
        match rustix::thread::sched_setaffinity(None, &set) {
            Ok(()) => format!("confined to processors {PROCESSORS:?}"),
            Err(error) => format!("not confined to two processors: {error}"),
        }
    }
    #[cfg(not(target_os = "linux"))]
    "not confined to two processors: this system has no processor affinity".to_owned()
}

/// Processor, cores, memory and load average, now.
pub(crate) fn describe() -> Value {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let after = |text: &str, key: &str| {
        let line = text.lines().find(|line| line.starts_with(key))?;
        line.split_once(':').map(|(_, value)| value.trim().to_owned())
    };
    let (processors, memory) = (read("/proc/cpuinfo"), read("/proc/meminfo"));
    json!({
        "processor": after(&processors, "model name"),
        "mhz": after(&processors, "cpu MHz"),
        "processors": processors.lines().filter(|line| line.starts_with("processor")).count(),
        "memory": after(&memory, "MemTotal"),
        "kernel": read("/proc/sys/kernel/osrelease").trim(),
        "load_average": load_average(),
        "nice": nice(),
    })
}

/// The priority of this process and its children: below zero on a machine that others use meanwhile.
fn nice() -> Option<i32> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let after_name = stat.rsplit_once(") ")?.1;
    after_name.split(' ').nth(16)?.parse().ok()
}

/// One, five and fifteen minutes.
pub(crate) fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

/// Resident memory of a process.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Memory {
    /// The most it ever had resident, mapped files included, MB (10^6 bytes).
    pub(crate) peak_mb: f64,
    /// What of it is its own now, MB.
    pub(crate) own_mb: f64,
    /// What of it are pages of mapped files now, MB: the system takes them back when it needs them.
    pub(crate) mapped_mb: f64,
}

impl Memory {
    /// Of the running process `pid`.
    ///
    /// # Errors
    /// Where there is no `/proc`.
    pub(crate) fn of(pid: u32) -> anyhow::Result<Self> {
        let path = PathBuf::from(format!("/proc/{pid}/status"));
        let text = std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        let megabytes = |key: &str| {
            let line = text.lines().find(|line| line.starts_with(key))?;
            let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
            Some(kib * 1024.0 / 1e6)
        };
        let of = |key: &str| megabytes(key).with_context(|| format!("no {key} in {}", path.display()));
        Ok(Self { peak_mb: of("VmHWM")?, own_mb: of("RssAnon")?, mapped_mb: of("RssFile")? })
    }
}

impl std::fmt::Display for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "peak {:.0} MB (now {:.0} MB its own, {:.0} MB mapped)", self.peak_mb, self.own_mb, self.mapped_mb)
    }
}

/// A process and all that it started, and they, as long as they live.
pub(crate) fn family(pid: u32) -> Vec<u32> {
    let mut family = vec![pid];
    let mut next = 0;
    while let Some(parent) = family.get(next).copied() {
        let children = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
        family.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
        next += 1;
    }
    family
}

/// Linux tells processor time in hundredths of a second, whatever it counts in.
const TICKS_PER_SECOND: f64 = 100.0;

/// Processor time of a process, all its threads together.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ProcessorTime(Duration);

impl ProcessorTime {
    /// Of the running process `pid`, since it started.
    ///
    /// # Errors
    /// Where there is no `/proc`.
    pub(crate) fn of(pid: u32) -> anyhow::Result<Self> {
        let path = PathBuf::from(format!("/proc/{pid}/stat"));
        let text = std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        // The name stands in brackets and may hold anything; user and system time are the 14th and 15th field.
        let after_name = text.rsplit_once(") ").context("a process without a name")?.1;
        let mut fields = after_name.split(' ').skip(11);
        let mut ticks = || fields.next().and_then(|field| field.parse::<u64>().ok()).context("no processor time");
        let ticks = ticks()? + ticks()?;
        Ok(Self(Duration::from_secs_f64(ticks as f64 / TICKS_PER_SECOND)))
    }

    /// What was spent since `earlier`.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}
