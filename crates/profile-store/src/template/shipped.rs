//! The templates that come with the programs.

use super::Files;

/// The files of one template, read when the program is built.
macro_rules! template {
    ($name:literal) => {
        (
            $name,
            &[
                (
                    "config.yaml.template",
                    include_bytes!(concat!("../../../../templates/", $name, "/config.yaml.template")),
                ),
                ("SOUL.md", include_bytes!(concat!("../../../../templates/", $name, "/SOUL.md"))),
                ("AGENTS.md", include_bytes!(concat!("../../../../templates/", $name, "/AGENTS.md"))),
                ("CLAUDE.md", include_bytes!(concat!("../../../../templates/", $name, "/CLAUDE.md"))),
                (
                    "secrets.schema.json",
                    include_bytes!(concat!("../../../../templates/", $name, "/secrets.schema.json")),
                ),
                ("crontab.json", include_bytes!(concat!("../../../../templates/", $name, "/crontab.json"))),
                (
                    "skills/twilight-warehouse/SKILL.md",
                    include_bytes!(concat!("../../../../templates/", $name, "/skills/twilight-warehouse/SKILL.md")),
                ),
                (
                    "skills/twilight-search/SKILL.md",
                    include_bytes!(concat!("../../../../templates/", $name, "/skills/twilight-search/SKILL.md")),
                ),
            ],
        )
    };
}

type Embedded = (&'static str, &'static [(&'static str, &'static [u8])]);

const SHIPPED: &[Embedded] = &[
    template!("template-crypto"),
    template!("template-stock-research-lite"),
    template!("template-stock-research-pro"),
];

/// Names and files of the templates that come with the programs, by name.
pub fn shipped() -> impl Iterator<Item = (&'static str, Files)> {
    let owned = |(path, bytes): &(&str, &[u8])| ((*path).to_owned(), bytes.to_vec());
    SHIPPED.iter().map(move |(name, files)| (*name, files.iter().map(owned).collect()))
}
