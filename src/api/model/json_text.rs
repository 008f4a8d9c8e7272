//! JSON values in the compiled form: as JSON text, because the form describes no types.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error, ser};
use serde_json::Value;

pub fn serialize<S: Serializer>(values: &[Value], serializer: S) -> Result<S::Ok, S::Error> {
    serde_json::to_string(values).map_err(ser::Error::custom)?.serialize(serializer)
}

pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Value>, D::Error> {
    serde_json::from_str(<&str>::deserialize(deserializer)?).map_err(D::Error::custom)
}
