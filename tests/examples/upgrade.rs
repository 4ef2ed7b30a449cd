//! Lets the programs of one version write an installation, or those of another go on with it.
//!
//! ```text
//! cargo run -p system-tests --example upgrade -- write <folder of programs> <folder to fill> <commit>
//! cargo run -p system-tests --example upgrade -- check <folder of programs> <folder>
//! ```
//! `scripts/upgrade-check.sh` does both.

use std::path::Path;

use system_tests::upgrade::{Programs, goes_on, write};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["write", programs, folder, commit] => {
            write(&Programs::in_folder(Path::new(programs)), Path::new(folder), commit).await;
        }
        ["check", programs, folder] => goes_on(&Programs::in_folder(Path::new(programs)), Path::new(folder)).await,
        _ => anyhow::bail!("write <programs> <folder> <commit>, or check <programs> <folder>"),
    }
    Ok(())
}
