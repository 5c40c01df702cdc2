//! How a tile looks, from its table in `tiles.toml` or its own file.

use std::collections::BTreeMap;

use super::keys::{check_name, labels};
use super::section::{Result, Section};
use crate::model::{Definitions, Shape, Tile};
use crate::request;
use crate::shown::{Alternative, Choice, ChoiceOption, TileInfo, ValuesByName};

/// Keys that say how a tile looks.
pub(super) const KEYS: &[&str] = &[
    "subtitle_ko",
    "subtitle_en",
    "look",
    "alternative",
    "expected",
    "whole",
];

/// The looks of each kind of tile; the first one is that of a tile that names none.
pub const LOOKS: &[(&str, &[&str])] = &[
    ("value", &["figure"]),
    ("groups", &["bars", "keywords", "map"]),
    ("cross", &["grouped", "stacked", "percent", "multiples"]),
    ("flow", &["flow"]),
    ("postings", &["list"]),
    (
        SERIES,
        &["exams", "exam_rates", "interest", "interest_shares"],
    ),
];

/// The kind of tiles that show a published table.
pub(super) const SERIES: &str = "series";

/// A tile that counts.
pub(super) fn counted(
    definitions: &Definitions,
    tile: &Tile,
    section: &Section<'_>,
) -> Result<TileInfo> {
    let dimension = |index: usize| definitions.dimensions[index].name.clone();
    let (kind, by) = match tile.shape {
        Shape::Value => ("value", vec![]),
        Shape::Groups(only) => ("groups", vec![only]),
        Shape::Cross { rows, columns, .. } => ("cross", vec![rows, columns]),
        Shape::Flow(only) => ("flow", only.into_iter().collect()),
        Shape::List(_) => ("postings", vec![]),
    };
    if section.has("whole") && kind != "groups" {
        return Err(section.error("whole", "only a tile by one dimension has this"));
    }
    let text = |key| Ok(section.optional_text(key)?.map(str::to_owned));
    let of_group = section.optional_text("shares_of")?;
    Ok(TileInfo {
        name: tile.name.clone(),
        label_ko: tile.labels.ko.clone(),
        label_en: tile.labels.en.clone(),
        measure: Some(definitions.measures[tile.measure].name.clone()),
        by: by.into_iter().map(dimension).collect(),
        whole: section.flag("whole", false)?,
        shares_of: of_group.unwrap_or("tile").to_owned(),
        r#where: lists(section, "where")?,
        parents: lists(section, "parents")?,
        column: text("column")?,
        ..common(definitions, kind, section)?
    })
}

/// A tile of a published table.
pub(super) fn series(
    definitions: &Definitions,
    name: &str,
    section: &Section<'_>,
) -> Result<TileInfo> {
    let own = [
        "label_ko", "label_en", "kind", "table", "values", "except", "choice",
    ];
    section.only(&[&own, KEYS].concat())?;
    check_name(section, name)?;
    if section.has("whole") {
        return Err(section.error("whole", "only a tile by one dimension has this"));
    }
    let table = section.text("table")?;
    if !table
        .split_once('.')
        .is_some_and(|(schema, table)| is_name(schema) && is_name(table))
    {
        return Err(section.error("table", "write it as `schema.table`"));
    }
    let labels = labels(section, "label")?;
    Ok(TileInfo {
        name: name.to_owned(),
        label_ko: labels.ko,
        label_en: labels.en,
        table: Some(table.to_owned()),
        values: lists(section, "values")?,
        except: lists(section, "except")?,
        choice: choice(definitions, section)?,
        ..common(definitions, SERIES, section)?
    })
}

fn common(definitions: &Definitions, kind: &str, section: &Section<'_>) -> Result<TileInfo> {
    let subtitle = |key| Ok(section.optional_text(key)?.unwrap_or_default().to_owned());
    let looks = looks_of(kind);
    let look = match section.optional_text("look")? {
        Some(_) => look(section, "look", kind)?.to_owned(),
        None => looks.first().copied().unwrap_or_default().to_owned(),
    };
    Ok(TileInfo {
        name: String::new(),
        label_ko: String::new(),
        label_en: String::new(),
        subtitle_ko: subtitle("subtitle_ko")?,
        subtitle_en: subtitle("subtitle_en")?,
        measure: None,
        by: Vec::new(),
        kind: kind.to_owned(),
        look,
        alternative: alternative(definitions, kind, section)?,
        expected: section.positives("expected")?,
        whole: false,
        shares_of: "tile".to_owned(),
        r#where: BTreeMap::new(),
        parents: BTreeMap::new(),
        column: None,
        table: None,
        values: BTreeMap::new(),
        except: BTreeMap::new(),
        choice: None,
    })
}

fn looks_of(kind: &str) -> &'static [&'static str] {
    LOOKS
        .iter()
        .find(|(name, _)| *name == kind)
        .map_or(&[], |(_, looks)| *looks)
}

/// The look that `key` names, which has to be one of the kind.
pub(super) fn look<'a>(section: &Section<'a>, key: &str, kind: &str) -> Result<&'a str> {
    let name = section.text(key)?;
    let looks = looks_of(kind);
    if looks.contains(&name) {
        return Ok(name);
    }
    let what = format!("look of a tile of kind `{kind}`");
    Err(section.unknown(key, &what, name, looks.iter().copied()))
}

fn alternative(
    definitions: &Definitions,
    kind: &str,
    section: &Section<'_>,
) -> Result<Option<Alternative>> {
    let Some(section) = section.optional_section("alternative")? else {
        return Ok(None);
    };
    section.only(&["look", "name"])?;
    Ok(Some(Alternative {
        look: look(&section, "look", kind)?.to_owned(),
        name: parameter(definitions, &section)?,
    }))
}

fn choice(definitions: &Definitions, section: &Section<'_>) -> Result<Option<Choice>> {
    let Some(section) = section.optional_section("choice")? else {
        return Ok(None);
    };
    section.only(&["name", "column", "label_ko", "label_en", "options"])?;
    let label = labels(&section, "label")?;
    let mut options = Vec::new();
    for option in section.sections("options")? {
        option.only(&[
            "value",
            "label_ko",
            "label_en",
            "subtitle_ko",
            "subtitle_en",
        ])?;
        let label = labels(&option, "label")?;
        let subtitle = |key| Ok(option.optional_text(key)?.unwrap_or_default().to_owned());
        options.push(ChoiceOption {
            value: option.text("value")?.to_owned(),
            label_ko: label.ko,
            label_en: label.en,
            subtitle_ko: subtitle("subtitle_ko")?,
            subtitle_en: subtitle("subtitle_en")?,
        });
    }
    if options.is_empty() {
        return Err(section.error("options", "this list is empty"));
    }
    Ok(Some(Choice {
        name: parameter(definitions, &section)?,
        column: section.text("column")?.to_owned(),
        label_ko: label.ko,
        label_en: label.en,
        options,
    }))
}

/// `name`, as a parameter of addresses that no filter has.
fn parameter(definitions: &Definitions, section: &Section<'_>) -> Result<String> {
    let name = section.text("name")?;
    if is_name(name)
        && !request::OWN_PARAMETERS.contains(&name)
        && definitions.dimension(name).is_none()
    {
        return Ok(name.to_owned());
    }
    Err(section.error(
        "name",
        "this has to be a name of lower-case letters, digits and `_` that no filter has",
    ))
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

/// The table `key`: lists of values by name.
fn lists(section: &Section<'_>, key: &str) -> Result<ValuesByName> {
    let Some(table) = section.optional_section(key)? else {
        return Ok(BTreeMap::new());
    };
    let list = |name: &str| Ok((name.to_owned(), table.texts(name)?.unwrap_or_default()));
    table.names().into_iter().map(list).collect()
}
