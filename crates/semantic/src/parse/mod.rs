//! Parsing the definitions from their files.

mod dimension;
mod fact;
mod keys;
mod measure;
mod page;
mod read;
mod series;
mod shown;
mod tile;
mod tile_keys;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use self::dimension::{DimensionKeys, RolesFile};
use self::fact::FactKeys;
use self::measure::MeasureKeys;
pub use self::page::BLOCKS;
use self::page::PageKeys;
pub use self::read::DefinitionError;
use self::read::{InOrder, Place, Result, Text};
use self::series::{SeriesKeys, TileSeries};
pub use self::shown::LOOKS;
use self::tile_keys::{Kind, TileKeys};
use crate::model::Definitions;
use crate::search::Synonyms;

const MEASURES: &str = "measures.toml";
const TILES: &str = "tiles.toml";
const SEARCH: &str = "search.toml";
const ROLES: &str = "roles.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MeasuresFile {
    facts: InOrder<FactKeys>,
    dimensions: InOrder<DimensionKeys>,
    measures: InOrder<MeasureKeys>,
}

/// The tables of a file of an earlier version.
#[derive(Default, Deserialize)]
struct EarlierFile {
    postings: Option<IgnoredAny>,
    days: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TilesFile {
    #[serde(default)]
    series: InOrder<SeriesKeys>,
    tiles: InOrder<TileKeys>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SearchFile {
    #[serde(default)]
    same: Vec<Vec<String>>,
    #[serde(default)]
    short: BTreeMap<String, Text>,
}

impl Definitions {
    /// Reads the files, by path below `pipeline/`: `measures.toml` and `tiles.toml`, and, if
    /// present, `search.toml`, `roles.toml`, a tile in each file of `tiles/` and a page in each of
    /// `pages/`. Other files are ignored.
    ///
    /// # Errors
    /// [`DefinitionError`] names the file and the key, and the nearest known name.
    pub fn parse(files: &BTreeMap<String, Vec<u8>>) -> Result<Self> {
        definitions(files)
    }
}

fn definitions(files: &BTreeMap<String, Vec<u8>>) -> Result<Definitions> {
    let place = Place::of(MEASURES);
    let earlier: EarlierFile = required(files, MEASURES)?;
    for (key, found) in [("postings", earlier.postings), ("days", earlier.days)] {
        if found.is_some() {
            let problem = "this is part of `[facts.postings]` now, and `days` of its `lifetime`: bring the file to the form of the program's own";
            return Err(place.error(key, problem));
        }
    }
    let file: MeasuresFile = required(files, MEASURES)?;
    let tiles: TilesFile = required(files, TILES)?;
    let search: SearchFile = optional(files, SEARCH)?;
    let roles: RolesFile = optional(files, ROLES)?;

    let facts = fact::facts(&file.facts, &place.at("facts"))?;
    let dimensions = dimension::dimensions(&facts, file.dimensions, &place.at("dimensions"))?;
    let mut definitions = Definitions {
        dimensions,
        facts,
        measures: Vec::new(),
        tiles: Vec::new(),
        shown: Vec::new(),
        series: Vec::new(),
        pages: Vec::new(),
        synonyms: search.same,
        short_forms: keys::texts(search.short),
        search: Synonyms::default(),
    };
    for (index, (name, keys)) in file.facts.0.iter().enumerate() {
        let place = place.at("facts").at(name);
        definitions.facts[index].search = fact::searched_parts(&definitions, index, keys, &place)?;
    }
    let roles = dimension::label_roles(&mut definitions.dimensions, roles);
    for (name, keys) in file.measures.0 {
        let place = place.at("measures").at(&name);
        let measure = measure::measure(&definitions, &roles, name, keys, &place)?;
        definitions.measures.push(measure);
    }
    for (name, keys) in tiles.series.0 {
        let place = Place::of(TILES).at("series").at(&name);
        definitions
            .series
            .push(series::series(&name, &keys, &place)?);
    }
    for (name, keys) in tiles.tiles.0 {
        let place = Place::of(TILES).at("tiles").at(&name);
        add_tile(&mut definitions, &roles, &name, &keys, &place)?;
    }
    each_in(files, "tiles/", |name, keys, place| {
        if definitions.shown.iter().any(|tile| tile.name == name) {
            let problem = format!("`{TILES}` has a tile of this name");
            return Err(place.error("", problem));
        }
        add_tile(&mut definitions, &roles, name, &keys, place)
    })?;
    let mut pages = Vec::new();
    each_in(files, "pages/", |name, keys: PageKeys, place| {
        let (tiles, series) = (&definitions.shown, &definitions.series);
        pages.push(page::page(tiles, series, name, keys, place)?);
        Ok(())
    })?;
    // The files come by name, which is the order of pages without a position.
    pages.sort_by_key(|(position, _)| *position);
    definitions.pages = pages.into_iter().map(|(_, page)| page).collect();
    definitions.search = Synonyms::new(&definitions.synonyms, &definitions.short_forms);
    Ok(definitions)
}

fn add_tile(
    definitions: &mut Definitions,
    roles: &[String],
    name: &str,
    keys: &TileKeys,
    place: &Place,
) -> Result<()> {
    keys.check(place)?;
    let shown = if keys.kind == Some(Kind::Series) {
        let series = series::of_tile(&definitions.series, name, keys, place)?;
        let shown = shown::series(definitions, &series, name, keys, place)?;
        if matches!(keys.series, Some(TileSeries::Own(_))) {
            definitions.series.push(series);
        }
        shown
    } else {
        let tile = tile::tile(definitions, roles, name, keys, place)?;
        let shown = shown::counted(definitions, &tile, keys, place)?;
        definitions.tiles.push(tile);
        shown
    };
    definitions.shown.push(shown);
    Ok(())
}

/// Reads each TOML file of a folder, by the name that the file gives, in the order of names.
fn each_in<T: DeserializeOwned>(
    files: &BTreeMap<String, Vec<u8>>,
    folder: &str,
    mut add: impl FnMut(&str, T, &Place) -> Result<()>,
) -> Result<()> {
    for path in files.keys() {
        let file = path.strip_prefix(folder);
        let Some(name) = file.and_then(|file| file.strip_suffix(".toml")) else {
            continue;
        };
        add(name, required(files, path)?, &Place::of(path))?;
    }
    Ok(())
}

fn required<T: DeserializeOwned>(files: &BTreeMap<String, Vec<u8>>, file: &str) -> Result<T> {
    match text(files, file)? {
        Some(text) => read::read(file, text),
        None => Err(Place::of(file).error("", "this file is missing")),
    }
}

fn optional<T: DeserializeOwned + Default>(
    files: &BTreeMap<String, Vec<u8>>,
    file: &str,
) -> Result<T> {
    match text(files, file)? {
        Some(text) => read::read(file, text),
        None => Ok(T::default()),
    }
}

fn text<'a>(files: &'a BTreeMap<String, Vec<u8>>, file: &str) -> Result<Option<&'a str>> {
    files
        .get(file)
        .map(|bytes| std::str::from_utf8(bytes))
        .transpose()
        .map_err(|error| Place::of(file).error("", format!("this is not UTF-8 text: {error}")))
}
