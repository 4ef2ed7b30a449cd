//! Files that lie beside the repository and are not part of it.

use std::path::PathBuf;

use serde_json::Value;

fn read(folder: &str, name: &str) -> Option<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(folder);
    if !folder.is_dir() {
        println!("SKIPPED: there is no {}", folder.display());
        return None;
    }
    Some(std::fs::read_to_string(folder.join(name)).unwrap())
}

/// A real capture or file; `None`, said aloud, where the folder is not there.
pub(crate) fn fixture(name: &str) -> Option<String> {
    read("fixtures", name)
}

/// The body recorded in a file of hex digits.
pub(crate) fn body(name: &str) -> Option<Vec<u8>> {
    fixture(name).map(|text| hex::decode(text.trim()).unwrap())
}

/// What a third party decoded from it.
pub(crate) fn json(name: &str) -> Option<Value> {
    fixture(name).map(|text| serde_json::from_str(&text).unwrap())
}

/// The recorded and synthetic exchanges.
pub(crate) fn samples() -> Option<Value> {
    read("facts", "tdx_samples.json").map(|text| serde_json::from_str(&text).unwrap())
}

/// The elements of an array.
pub(crate) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().unwrap()
}

/// A field of hex digits.
pub(crate) fn bytes(value: &Value, key: &str) -> Vec<u8> {
    hex::decode(value[key].as_str().unwrap()).unwrap()
}
