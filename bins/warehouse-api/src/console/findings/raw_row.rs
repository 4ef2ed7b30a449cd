//! The vendor's own row, every value in the vendor's own text.

use std::fmt;

use maud::{Markup, html};
use operator_console::{Language, ui::empty};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// The row as field and value, as far as it can be taken apart; else as it is. `fields` are the names of an array's columns.
pub(in crate::console) fn vendors_row(language: Language, fields: &[String], row: Option<&RawValue>) -> Markup {
    let Some(row) = row else {
        return empty(language.say("The response has no such row.", "响应中没有这一行。"));
    };
    let pairs = pairs(fields, row);
    if pairs.is_empty() {
        return html! { pre { (row.get()) } };
    }
    let (name, value) = (language.say("Field", "字段"), language.say("Value", "值"));
    html! {
        div.table-wrap {
            table.grid {
                caption.visually-hidden { (language.say("The row as the vendor sent it", "数据源原始行")) }
                thead { tr { th scope="col" { (name) } th scope="col" { (value) } } }
                tbody {
                    @for (field, text) in pairs {
                        tr { th scope="row" { code { (field) } } td data-label=(value) { code.mono { (text) } } }
                    }
                }
            }
        }
    }
}

/// Names and values in the vendor's order; none of what is neither an object nor an array with its names.
fn pairs(fields: &[String], row: &RawValue) -> Vec<(String, String)> {
    let values: Vec<Box<RawValue>> = serde_json::from_str(row.get()).unwrap_or_default();
    if !values.is_empty() && values.len() == fields.len() {
        let texts = values.iter().map(|value| value.get().to_owned());
        return fields.iter().cloned().zip(texts).collect();
    }
    serde_json::from_str(row.get()).map(|Pairs(pairs)| pairs).unwrap_or_default()
}

/// The members of an object in their order.
struct Pairs(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    pairs.push((name, value.get().to_owned()));
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(fields: &[&str], row: &str) -> String {
        let row = RawValue::from_string(row.to_owned()).unwrap();
        let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
        vendors_row(Language::English, &fields, Some(&row)).into_string()
    }

    #[test]
    fn every_value_is_in_the_vendors_own_text_and_order() {
        let page = shown(&["ts_code", "close"], r#"["600519.SH", 1500.10]"#);
        assert!(
            page.contains("<code>close</code></th><td data-label=\"Value\"><code class=\"mono\">1500.10</code>"),
            "{page}"
        );
        let page = shown(&[], r#"{"z": 1.230, "a": "<b>"}"#);
        assert!(page.find("<code>z</code>") < page.find("<code>a</code>"), "{page}");
        assert!(page.contains("1.230") && page.contains("&lt;b&gt;") && !page.contains("<b>"), "{page}");
    }

    #[test]
    fn what_cannot_be_taken_apart_is_shown_as_it_is() {
        assert!(shown(&["one"], "[1,2]").contains("<pre>[1,2]</pre>"));
        assert!(shown(&[], "\"text\"").contains("<pre>&quot;text&quot;</pre>"));
        assert!(vendors_row(Language::English, &[], None).into_string().contains("no such row"));
    }
}
