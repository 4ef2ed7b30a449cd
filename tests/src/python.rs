//! Packages of the Python world, as the clients that our servers have to satisfy.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::run;

/// Installing includes a download on a slow line.
const INSTALL_BOUND: Duration = Duration::from_secs(600);

/// The python of a virtual environment that has `package` (`"pytdx==1.72"`), or several with a space between. The first run installs it beside the
/// tests' binaries, later ones use it again. `None`, and it says so, without python3 or a way to the package.
///
/// # Panics
/// In CI, where it must be had.
pub async fn python_with(package: &str) -> Option<PathBuf> {
    match environment(package).await {
        Ok(python) => Some(python),
        Err(why) => {
            #[expect(clippy::disallowed_methods, reason = "only CI can tell that this is CI")]
            let in_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
            assert!(!in_ci, "{package} cannot be had: {why}");
            println!("skipped: {package} cannot be had: {why}");
            None
        }
    }
}

/// A script of `tests/interop`.
pub fn interop_script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("interop").join(name)
}

async fn environment(package: &str) -> Result<PathBuf, String> {
    // target/<profile>/deps/<test>
    let test = std::env::current_exe().map_err(|error| error.to_string())?;
    let tools = test.ancestors().nth(3).ok_or("no folder for tools")?;
    let ready = tools.join(package.replace("==", "-").replace(' ', "+"));
    if ready.join("bin/python").exists() {
        return Ok(ready.join("bin/python"));
    }
    // Built aside and renamed when it is whole, so that a run that was cut off leaves nothing half done.
    let aside = tempfile::Builder::new().prefix("python-").tempdir_in(tools).map_err(|error| error.to_string())?;
    let mut create = Command::new("python3");
    create.args(["-m", "venv"]).arg(aside.path());
    step("python3 -m venv", create).await?;
    let mut install = Command::new(aside.path().join("bin/python"));
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(package.split(' '));
    step("pip install", install).await?;
    let built = aside.keep();
    // Another run may have been faster; then its environment is as good.
    if fs::rename(&built, &ready).is_err() {
        fs::remove_dir_all(&built).map_err(|error| error.to_string())?;
    }
    Ok(ready.join("bin/python"))
}

async fn step(what: &str, command: Command) -> Result<(), String> {
    let program = command.get_program().to_owned();
    if Command::new(&program).arg("--version").output().is_err() {
        return Err(format!("{} cannot be run", program.display()));
    }
    let answer = run(command, INSTALL_BOUND).await;
    if answer.code == Some(0) { Ok(()) } else { Err(format!("{what} failed:\n{}{}", answer.stdout, answer.stderr)) }
}
