//! Files in JSON.

use std::collections::BTreeMap;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use profile_store::template::Files;
use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _, ser::SerializeMap as _};

pub(super) fn serialize<S: Serializer>(files: &Files, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(files.len()))?;
    for (path, bytes) in files {
        map.serialize_entry(path, &BASE64_STANDARD.encode(bytes))?;
    }
    map.end()
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Files, D::Error> {
    let texts = BTreeMap::<String, String>::deserialize(deserializer)?;
    let decoded = |(path, text): (String, String)| Ok((path, BASE64_STANDARD.decode(text).map_err(D::Error::custom)?));
    texts.into_iter().map(decoded).collect()
}
