//! Writes `docs/quality-rules.md` from the rules' own words: `cargo run -p quality-rules --example quality_rules_doc`.

mod page;

fn main() -> std::io::Result<()> {
    let path = page::path();
    std::fs::write(&path, page::page(&page::stored()?)?)?;
    println!("wrote {}", path.display());
    Ok(())
}
