//! What the registry delivers, put over the `.env` that is there.

use std::collections::BTreeSet;

use profile_store::env_file::{EnvFile, Unstorable};

/// The `.env` of a profile after a delivery.
///
/// What was delivered counts. A variable that the registry manages and delivers no longer goes, as when money went back.
/// Everything else is the user's or Hermes' own, as the account that a scan of the code has paired, and stays.
pub(super) fn overlay(here: Option<&str>, delivered: &str, managed: &BTreeSet<String>) -> Result<String, Unstorable> {
    let Some(here) = here.filter(|here| !here.trim().is_empty()) else { return Ok(delivered.to_owned()) };
    let delivered = EnvFile::parse(delivered);
    let mut env = EnvFile::parse(here);
    for name in managed.iter().filter(|name| delivered.get(name).is_none()) {
        env.remove(name);
    }
    for (name, value) in delivered.variables() {
        // Only the last one counts for Hermes; an earlier one may be a value that was taken back.
        if env.variables().filter(|(have, _)| *have == name).count() > 1 {
            env.remove(name);
        }
        env.set(name, value)?;
    }
    Ok(env.to_text())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELIVERED: &str =
        "# Written by hermes-profile-manager; what you change here is overwritten.\nA='1'\nB='it\\'s'\n";

    fn managed(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn over(here: &str, delivered: &str, names: &[&str]) -> String {
        overlay(Some(here), delivered, &managed(names)).unwrap()
    }

    #[test]
    fn a_first_delivery_is_taken_as_it_is_and_a_second_changes_nothing() {
        assert_eq!(overlay(None, DELIVERED, &managed(&[])).unwrap(), DELIVERED);
        assert_eq!(over("\n", DELIVERED, &[]), DELIVERED);
        assert_eq!(over(DELIVERED, DELIVERED, &["A", "B"]), DELIVERED);
    }

    #[test]
    fn what_hermes_and_the_user_put_there_stays() {
        let here = format!("{DELIVERED}WEIXIN_TOKEN=paired-by-a-scan\n# mine\nexport TAVILY_API_KEY=\"x\"\n");
        let after = over(&here, "A='2'\nB='it\\'s'\n", &["A", "B"]);
        assert_eq!(
            after,
            "# Written by hermes-profile-manager; what you change here is overwritten.\nA=2\nB='it\\'s'\n\
             WEIXIN_TOKEN=paired-by-a-scan\n# mine\nexport TAVILY_API_KEY=\"x\"\n"
        );
    }

    #[test]
    fn what_is_delivered_no_longer_goes_wherever_it_stands() {
        let here = "A=1\nWEIXIN_TOKEN=x\nexport A=2\nB=3\n";
        assert_eq!(over(here, "URL='http://x'\n", &["A", "B"]), "WEIXIN_TOKEN=x\nURL=http://x\n");
    }

    #[test]
    fn a_value_that_was_changed_here_is_set_right() {
        assert_eq!(over("A=wrong\nB=2\n", "A='1'\n", &["A"]), "A=1\nB=2\n");
        assert_eq!(over("A=wrong\nB=2\nA=again\n", "A='1'\n", &["A"]), "B=2\nA=1\n", "no old value stays");
    }
}
