//! Series, from `tiles.toml` or the file of the tile that shows them.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};

use super::keys::{check_name, texts};
use super::read::{Place, Result, Text};
use super::tile_keys::TileKeys;
use crate::series::SeriesInfo;

/// The keys of a series.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct SeriesKeys {
    table: Text,
    time: Text,
    grain: Grain,
    key: Text,
    #[serde(default)]
    names: Vec<String>,
    names_in: Option<Text>,
    value: Text,
    of: Option<Text>,
    common: Option<Text>,
    breaks: Option<Text>,
    #[serde(default)]
    breaks_on: Vec<String>,
    source: Option<Text>,
    #[serde(default)]
    labels_ko: BTreeMap<String, Text>,
    #[serde(default)]
    labels_en: BTreeMap<String, Text>,
    #[serde(default)]
    sources_ko: BTreeMap<String, Text>,
    #[serde(default)]
    sources_en: BTreeMap<String, Text>,
    key_ko: Text,
    key_en: Text,
    value_ko: Text,
    value_en: Text,
    of_ko: Option<Text>,
    of_en: Option<Text>,
    rate_ko: Option<Text>,
    rate_en: Option<Text>,
    #[serde(default)]
    note_ko: String,
    #[serde(default)]
    note_en: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Grain {
    Day,
    Week,
    Month,
    Year,
}

impl Grain {
    fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

/// The series of a tile: a name, or its own keys.
pub(super) enum TileSeries {
    Named(Text),
    Own(Box<SeriesKeys>),
}

impl<'de> Deserialize<'de> for TileSeries {
    // Not `untagged`, which loses the place and the reason of an error.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct NameOrKeys;

        impl<'de> Visitor<'de> for NameOrKeys {
            type Value = TileSeries;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a name or a table")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> std::result::Result<TileSeries, E> {
                let name = Text::try_from(name.to_owned());
                name.map(TileSeries::Named).map_err(E::custom)
            }

            fn visit_map<M: MapAccess<'de>>(
                self,
                keys: M,
            ) -> std::result::Result<TileSeries, M::Error> {
                let keys = SeriesKeys::deserialize(MapAccessDeserializer::new(keys));
                keys.map(Box::new).map(TileSeries::Own)
            }
        }

        deserializer.deserialize_any(NameOrKeys)
    }
}

pub(super) fn series(name: &str, keys: &SeriesKeys, place: &Place) -> Result<SeriesInfo> {
    check_name(place, name)?;
    let is_table = |(schema, table)| kernel::is_identifier(schema) && kernel::is_identifier(table);
    let table = keys.table.as_str();
    if !table.split_once('.').is_some_and(is_table) {
        return Err(place.error("table", "write it as `schema.table`"));
    }
    let of_parts = [
        ("of_ko", &keys.of_ko),
        ("of_en", &keys.of_en),
        ("rate_ko", &keys.rate_ko),
        ("rate_en", &keys.rate_en),
    ];
    for (key, text) in of_parts {
        match (&keys.of, text) {
            (None, Some(_)) => return Err(place.error(key, "only a series with `of` has this")),
            (Some(_), None) => return Err(place.error(key, "this is missing")),
            _ => {}
        }
    }
    if let (Some(_), Some(_)) = (&keys.of, &keys.common) {
        // A rate needs both figures on one scale.
        return Err(place.error("common", "a series with `of` does not have this"));
    }
    let is_no_day = |day: &&String| day.parse::<Date>().is_err();
    if let Some(wrong) = keys.breaks_on.iter().find(is_no_day) {
        let problem = format!("`{wrong}` is no day as YYYY-MM-DD");
        return Err(place.error("breaks_on", problem));
    }
    let text = |text: &Text| text.as_str().to_owned();
    let column = |name: &Option<Text>| name.as_ref().map(text);
    let label = |label: &Option<Text>| column(label).unwrap_or_default();
    Ok(SeriesInfo {
        name: name.to_owned(),
        table: table.to_owned(),
        time: text(&keys.time),
        grain: keys.grain.name().to_owned(),
        key: text(&keys.key),
        names: keys.names.clone(),
        names_in: column(&keys.names_in),
        value: text(&keys.value),
        of: column(&keys.of),
        common: column(&keys.common),
        breaks: column(&keys.breaks),
        breaks_on: keys.breaks_on.clone(),
        source: column(&keys.source),
        labels_ko: texts(keys.labels_ko.clone()),
        labels_en: texts(keys.labels_en.clone()),
        sources_ko: texts(keys.sources_ko.clone()),
        sources_en: texts(keys.sources_en.clone()),
        key_ko: text(&keys.key_ko),
        key_en: text(&keys.key_en),
        value_ko: text(&keys.value_ko),
        value_en: text(&keys.value_en),
        of_ko: label(&keys.of_ko),
        of_en: label(&keys.of_en),
        rate_ko: label(&keys.rate_ko),
        rate_en: label(&keys.rate_en),
        note_ko: keys.note_ko.clone(),
        note_en: keys.note_en.clone(),
    })
}

/// The series of a tile, by its name or defined in the tile itself, then under the tile's name and new.
pub(super) fn of_tile(
    known: &[SeriesInfo],
    tile: &str,
    keys: &TileKeys,
    place: &Place,
) -> Result<SeriesInfo> {
    match &keys.series {
        None => Err(place.error("series", "this is missing")),
        Some(TileSeries::Own(keys)) => {
            if known.iter().any(|series| series.name == tile) {
                let problem = "there is a series of the tile's name: give the tile another one";
                return Err(place.error("series", problem));
            }
            series(tile, keys, &place.at("series"))
        }
        Some(TileSeries::Named(name)) => {
            let found = known.iter().find(|series| series.name == name.as_str());
            found.cloned().ok_or_else(|| {
                let names = known.iter().map(|series| series.name.as_str());
                place.unknown("series", "series", name.as_str(), names)
            })
        }
    }
}
