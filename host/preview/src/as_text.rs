//! Lists that are kept and sent as people write them: `#[serde(with = "…")]`.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};
use std::fmt::Display;
use std::str::FromStr;

pub(crate) fn serialize<T: Display, S: Serializer>(
    values: &[T],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().map(ToString::to_string))
}

pub(crate) fn deserialize<'a, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: FromStr,
    T::Err: Display,
    D: Deserializer<'a>,
{
    let texts = Vec::<String>::deserialize(deserializer)?;
    let values = texts
        .iter()
        .map(|text| text.parse().map_err(D::Error::custom));
    values.collect()
}
