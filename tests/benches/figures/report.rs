//! What a step found: printed as markdown, written as JSON.

use std::path::Path;

use anyhow::Context as _;
use serde_json::{Map, Value, json};

use crate::machine;

/// The findings of one step.
pub(crate) struct Report {
    step: &'static str,
    facts: Map<String, Value>,
    tables: Vec<Table>,
    goals: Vec<Goal>,
}

/// Figures side by side.
pub(crate) struct Table {
    title: String,
    header: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

/// Something that was promised, and what came of it.
#[derive(Clone)]
pub(crate) struct Goal {
    pub(crate) what: String,
    pub(crate) goal: String,
    pub(crate) measured: String,
    pub(crate) met: bool,
}

impl Report {
    pub(crate) fn new(step: &'static str) -> Self {
        Self { step, facts: Map::new(), tables: Vec::new(), goals: Vec::new() }
    }

    /// Adds something that was fixed or counted, not measured: a seed, a size, a command.
    pub(crate) fn fact(&mut self, name: &str, value: impl Into<Value>) {
        self.facts.insert(name.to_owned(), value.into());
    }

    pub(crate) fn table(&mut self, table: Table) {
        self.tables.push(table);
    }

    /// Adds a goal of the form "`what` below `limit`".
    pub(crate) fn below(&mut self, what: impl Into<String>, measured: f64, limit: f64, unit: &str) {
        self.goal(what, format!("< {limit} {unit}"), format!("{} {unit}", short(measured)), measured < limit);
    }

    /// Adds a goal of the form "`what` at least `limit`".
    pub(crate) fn at_least(&mut self, what: impl Into<String>, measured: f64, limit: f64, unit: &str) {
        self.goal(what, format!("≥ {limit} {unit}"), format!("{} {unit}", short(measured)), measured >= limit);
    }

    fn goal(&mut self, what: impl Into<String>, goal: String, measured: String, met: bool) {
        self.goals.push(Goal { what: what.into(), goal, measured, met });
    }

    /// Prints everything and writes `<folder>/<step>.json`. Returns the goals, for the summary.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn finish(self, folder: &Path) -> anyhow::Result<Vec<Goal>> {
        println!("\n## {}\n", self.step);
        for (name, value) in &self.facts {
            match value {
                Value::String(text) => println!("- {name}: {text}"),
                other => println!("- {name}: {other}"),
            }
        }
        self.tables.iter().for_each(Table::print);
        let goals: Vec<Value> = self.goals.iter().map(Goal::to_json).collect();
        let document = json!({
            "step": self.step,
            "machine": machine::describe(),
            "facts": self.facts,
            "tables": self.tables.iter().map(Table::to_json).collect::<Vec<_>>(),
            "goals": goals,
        });
        std::fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
        let path = folder.join(format!("{}.json", self.step));
        std::fs::write(&path, serde_json::to_vec_pretty(&document)?)
            .with_context(|| format!("write {}", path.display()))?;
        Ok(self.goals)
    }
}

impl Table {
    pub(crate) fn new(title: impl Into<String>, header: impl IntoIterator<Item = &'static str>) -> Self {
        let header: Vec<&'static str> = header.into_iter().collect();
        // In the file a row is an object: of two cells with one name the first would be lost.
        let repeated = header.iter().enumerate().find(|(at, name)| header[..*at].contains(name));
        assert_eq!(repeated, None, "every column has a name of its own");
        Self { title: title.into(), header, rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    fn print(&self) {
        println!("\n{}\n", self.title);
        println!("| {} |", self.header.join(" | "));
        println!("|{}", "---|".repeat(self.header.len()));
        for row in &self.rows {
            println!("| {} |", row.join(" | "));
        }
    }

    fn to_json(&self) -> Value {
        let row = |cells: &Vec<String>| {
            let pairs = self.header.iter().zip(cells).map(|(name, cell)| ((*name).to_owned(), json!(cell)));
            Value::Object(pairs.collect())
        };
        json!({ "title": self.title, "rows": self.rows.iter().map(row).collect::<Vec<_>>() })
    }
}

impl Goal {
    fn to_json(&self) -> Value {
        json!({ "what": self.what, "goal": self.goal, "measured": self.measured, "met": self.met })
    }
}

/// Prints the goals of all steps.
pub(crate) fn print_goals(goals: &[Goal]) {
    let mut table = Table::new("## goals", ["figure", "goal", "measured", "met"]);
    for Goal { what, goal, measured, met } in goals {
        table.row([what.clone(), goal.clone(), measured.clone(), if *met { "yes" } else { "**no**" }.to_owned()]);
    }
    table.print();
}

/// Three significant digits, or all digits before the point.
pub(crate) fn short(value: f64) -> String {
    let magnitude = value.abs();
    let decimals = if magnitude >= 100.0 || magnitude == 0.0 {
        0
    } else if magnitude >= 10.0 {
        1
    } else if magnitude >= 1.0 {
        2
    } else {
        3
    };
    let text = format!("{value:.decimals$}");
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("-", digits));
    let (whole, part) = digits.split_once('.').map_or((digits, String::new()), |(w, p)| (w, format!(".{p}")));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}{part}")
}
