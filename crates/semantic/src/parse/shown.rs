//! How a tile looks, from its table in `tiles.toml` or its own file.

use std::collections::BTreeMap;

use super::keys::{Lists, check_name};
use super::read::{Place, Positive, Result, Text};
use super::tile_keys::{AlternativeKeys, ChoiceKeys, PickKeys, SharesOf, TileKeys};
use crate::model::{Definitions, Shape, Tile};
use crate::request;
use crate::series::SeriesInfo;
use crate::shown::{Alternative, Choice, ChoiceOption, Pick, TileInfo, ValuesByName};

/// The looks of each kind of tile; the first one is that of a tile that names none.
pub const LOOKS: &[(&str, &[&str])] = &[
    ("value", &["figure"]),
    ("groups", &["bars", "keywords", "map"]),
    ("cross", &["grouped", "stacked", "percent", "multiples"]),
    ("flow", &["flow"]),
    ("postings", &["list"]),
    (SERIES, &["lines", "parts", "rates", "means"]),
];

/// Looks of a series that show parts of something.
const OF_PARTS: [&str; 2] = ["parts", "rates"];

/// The kind of tiles that show a published table.
const SERIES: &str = "series";

/// A tile that counts.
pub(super) fn counted(
    definitions: &Definitions,
    tile: &Tile,
    keys: &TileKeys,
    place: &Place,
) -> Result<TileInfo> {
    let dimension = |index: usize| definitions.dimensions[index].name.clone();
    let (kind, by) = match tile.shape {
        Shape::Value => ("value", vec![]),
        Shape::Groups(only) => ("groups", vec![only]),
        Shape::Cross { rows, columns, .. } => ("cross", vec![rows, columns]),
        Shape::Flow(only) => ("flow", only.into_iter().collect()),
        Shape::List(_) => ("postings", vec![]),
    };
    Ok(TileInfo {
        name: tile.name.clone(),
        label_ko: tile.labels.ko.clone(),
        label_en: tile.labels.en.clone(),
        measure: Some(definitions.measures[tile.measure].name.clone()),
        by: by.into_iter().map(dimension).collect(),
        shares_of: match keys.shares_of {
            Some(SharesOf::Group) => "group",
            None => "tile",
        }
        .to_owned(),
        r#where: by_name(&keys.r#where),
        parents: by_name(&keys.parents),
        column: keys.column.clone().map(Text::into_string),
        ..common(definitions, kind, keys, place)?
    })
}

/// A tile of a published table.
pub(super) fn series(
    definitions: &Definitions,
    series: &SeriesInfo,
    name: &str,
    keys: &TileKeys,
    place: &Place,
) -> Result<TileInfo> {
    check_name(place, name)?;
    let missing = |key| place.error(key, "this is missing");
    let common = common(definitions, SERIES, keys, place)?;
    check_parts(series, &common.look, "look", place)?;
    if let Some(other) = &common.alternative {
        check_parts(series, &other.look, "look", &place.at("alternative"))?;
    }
    let label = |key, text: &Option<String>| match text {
        Some(text) if text.trim().is_empty() => Err(place.error(key, "this is empty")),
        Some(text) => Ok(text.clone()),
        None => Err(missing(key)),
    };
    let choice = |keys| choice(definitions, keys, &place.at("choice"));
    let pick = |keys| pick(definitions, keys, &place.at("pick"));
    Ok(TileInfo {
        name: name.to_owned(),
        label_ko: label("label_ko", &keys.label_ko)?,
        label_en: label("label_en", &keys.label_en)?,
        table: Some(series.table.clone()),
        series: Some(series.name.clone()),
        values: by_name(&keys.values),
        except: by_name(&keys.except),
        choice: keys.choice.as_ref().map(choice).transpose()?,
        pick: keys.pick.as_ref().map(pick).transpose()?,
        ..common
    })
}

/// A look of parts needs a series that says of what.
pub(super) fn check_parts(series: &SeriesInfo, look: &str, key: &str, place: &Place) -> Result<()> {
    if series.of.is_some() || !OF_PARTS.contains(&look) {
        return Ok(());
    }
    let problem = format!("this needs `of` in its series: `{}`", series.name);
    Err(place.error(key, problem))
}

fn common(
    definitions: &Definitions,
    kind: &str,
    keys: &TileKeys,
    place: &Place,
) -> Result<TileInfo> {
    if keys.whole.is_some() && kind != "groups" {
        return Err(place.error("whole", "only a tile by one dimension has this"));
    }
    let looks = looks_of(kind);
    let look = match &keys.look {
        Some(name) => look(place, name, kind)?,
        None => looks.first().copied().unwrap_or_default().to_owned(),
    };
    let subtitle = |text: &Option<String>| text.clone().unwrap_or_default();
    let alternative = |keys| alternative(definitions, kind, keys, &place.at("alternative"));
    Ok(TileInfo {
        name: String::new(),
        label_ko: String::new(),
        label_en: String::new(),
        subtitle_ko: subtitle(&keys.subtitle_ko),
        subtitle_en: subtitle(&keys.subtitle_en),
        measure: None,
        by: Vec::new(),
        kind: kind.to_owned(),
        look,
        alternative: keys.alternative.as_ref().map(alternative).transpose()?,
        expected: keys.expected.iter().map(|Positive(rows)| *rows).collect(),
        whole: keys.whole.unwrap_or(false),
        shares_of: "tile".to_owned(),
        r#where: BTreeMap::new(),
        parents: BTreeMap::new(),
        column: None,
        table: None,
        series: None,
        values: BTreeMap::new(),
        except: BTreeMap::new(),
        choice: None,
        pick: None,
    })
}

fn looks_of(kind: &str) -> &'static [&'static str] {
    LOOKS
        .iter()
        .find(|(name, _)| *name == kind)
        .map_or(&[], |(_, looks)| *looks)
}

/// The look that the key `look` names, which has to be one of the kind.
pub(super) fn look(place: &Place, name: &Text, kind: &str) -> Result<String> {
    let name = name.as_str();
    let looks = looks_of(kind);
    if looks.contains(&name) {
        return Ok(name.to_owned());
    }
    let what = format!("look of a tile of kind `{kind}`");
    Err(place.unknown("look", &what, name, looks.iter().copied()))
}

fn alternative(
    definitions: &Definitions,
    kind: &str,
    keys: &AlternativeKeys,
    place: &Place,
) -> Result<Alternative> {
    Ok(Alternative {
        look: look(place, &keys.look, kind)?,
        name: parameter(definitions, place, &keys.name)?,
    })
}

fn choice(definitions: &Definitions, keys: &ChoiceKeys, place: &Place) -> Result<Choice> {
    if keys.options.is_empty() {
        return Err(place.error("options", "this list is empty"));
    }
    let options = keys.options.iter().map(|option| ChoiceOption {
        value: option.value.as_str().to_owned(),
        label_ko: option.label_ko.as_str().to_owned(),
        label_en: option.label_en.as_str().to_owned(),
        subtitle_ko: option.subtitle_ko.clone(),
        subtitle_en: option.subtitle_en.clone(),
    });
    Ok(Choice {
        name: parameter(definitions, place, &keys.name)?,
        column: keys.column.as_str().to_owned(),
        label_ko: keys.label_ko.as_str().to_owned(),
        label_en: keys.label_en.as_str().to_owned(),
        options: options.collect(),
        follows: keys.follows,
    })
}

fn pick(definitions: &Definitions, keys: &PickKeys, place: &Place) -> Result<Pick> {
    Ok(Pick {
        name: parameter(definitions, place, &keys.name)?,
        label_ko: keys.label_ko.as_str().to_owned(),
        label_en: keys.label_en.as_str().to_owned(),
    })
}

/// The key `name`, as a parameter of addresses that no filter has.
fn parameter(definitions: &Definitions, place: &Place, name: &Text) -> Result<String> {
    let name = name.as_str();
    if kernel::is_identifier(name)
        && !request::OWN_PARAMETERS.contains(&name)
        && definitions.dimension(name).is_none()
    {
        return Ok(name.to_owned());
    }
    Err(place.error(
        "name",
        "this has to be a name of lower-case letters, digits and `_` that no filter has",
    ))
}

fn by_name(lists: &Option<Lists>) -> ValuesByName {
    let lists = lists.iter().flat_map(|lists| &lists.0);
    lists.cloned().collect()
}
