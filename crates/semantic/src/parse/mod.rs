//! Parsing the definitions from their files.

mod dimension;
mod fact;
mod keys;
mod measure;
mod page;
mod section;
mod shown;
mod tile;

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::DeTable;

use crate::model::Definitions;
use crate::search::Synonyms;
use keys::texts_by_name;
pub use page::BLOCKS;
pub use section::DefinitionError;
use section::{Result, Section};
pub use shown::LOOKS;

const MEASURES: &str = "measures.toml";
const TILES: &str = "tiles.toml";
const SEARCH: &str = "search.toml";
const ROLES: &str = "roles.toml";

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
    let measures_text = required(files, MEASURES)?;
    let tiles_text = required(files, TILES)?;
    let search_text = text(files, SEARCH)?.unwrap_or_default();
    let roles_text = text(files, ROLES)?.unwrap_or_default();
    let measures_table = table(MEASURES, measures_text)?;
    let tiles_table = table(TILES, tiles_text)?;
    let search_table = table(SEARCH, search_text)?;
    let roles_table = table(ROLES, roles_text)?;

    let file = whole(MEASURES, &measures_table);
    if let Some(old) = ["postings", "days"].into_iter().find(|key| file.has(key)) {
        let problem = "this stands in `[facts.postings]` now, and `days` in its `lifetime`: bring the file to the form of the program's own";
        return Err(file.error(old, problem));
    }
    file.only(&["facts", "dimensions", "measures"])?;
    let sections = file.section("facts")?;
    let facts = fact::facts(&sections)?;
    let mut definitions = Definitions {
        dimensions: dimension::dimensions(&facts, &file.section("dimensions")?)?,
        facts,
        measures: Vec::new(),
        tiles: Vec::new(),
        shown: Vec::new(),
        pages: Vec::new(),
        synonyms: Vec::new(),
        short_forms: BTreeMap::new(),
        search: Synonyms::default(),
    };
    for index in 0..definitions.facts.len() {
        let section = sections.section(&definitions.facts[index].name)?;
        definitions.facts[index].search = fact::searched_parts(&definitions, index, &section)?;
    }
    let roles = dimension::label_roles(&mut definitions.dimensions, &whole(ROLES, &roles_table))?;
    let measures = file.section("measures")?;
    for name in measures.names() {
        let measure = measure::measure(&definitions, &roles, name, &measures.section(name)?)?;
        definitions.measures.push(measure);
    }
    let file = whole(TILES, &tiles_table);
    file.only(&["tiles"])?;
    let tiles = file.section("tiles")?;
    for name in tiles.names() {
        add_tile(&mut definitions, &roles, name, &tiles.section(name)?)?;
    }
    each_in(files, "tiles/", |name, file| {
        if definitions.shown.iter().any(|tile| tile.name == name) {
            let problem = format!("`{TILES}` has a tile of this name");
            return Err(file.error("", problem));
        }
        add_tile(&mut definitions, &roles, name, file)
    })?;
    let mut pages = Vec::new();
    each_in(files, "pages/", |name, file| {
        pages.push(page::page(&definitions.shown, name, file)?);
        Ok(())
    })?;
    // The files come by name, which is the order of pages without a position.
    pages.sort_by_key(|(position, _)| *position);
    definitions.pages = pages.into_iter().map(|(_, page)| page).collect();
    let file = whole(SEARCH, &search_table);
    file.only(&["same", "short"])?;
    definitions.synonyms = file.lists_of_texts("same")?;
    definitions.short_forms = texts_by_name(&file, "short")?;
    definitions.search = Synonyms::new(&definitions.synonyms, &definitions.short_forms);
    Ok(definitions)
}

fn add_tile(
    definitions: &mut Definitions,
    roles: &[String],
    name: &str,
    section: &Section<'_>,
) -> Result<()> {
    let shown = if section.optional_text("kind")? == Some(shown::SERIES) {
        shown::series(definitions, name, section)?
    } else {
        let tile = tile::tile(definitions, roles, name, section)?;
        let shown = shown::counted(definitions, &tile, section)?;
        definitions.tiles.push(tile);
        shown
    };
    definitions.shown.push(shown);
    Ok(())
}

/// Reads each TOML file of a folder, by the name that the file gives, in the order of names.
fn each_in(
    files: &BTreeMap<String, Vec<u8>>,
    folder: &str,
    mut read: impl FnMut(&str, &Section<'_>) -> Result<()>,
) -> Result<()> {
    for path in files.keys() {
        let file = path.strip_prefix(folder);
        let Some(name) = file.and_then(|file| file.strip_suffix(".toml")) else {
            continue;
        };
        let table = table(path, required(files, path)?)?;
        read(name, &whole(path, &table))?;
    }
    Ok(())
}

fn required<'a>(files: &'a BTreeMap<String, Vec<u8>>, file: &str) -> Result<&'a str> {
    text(files, file)?.ok_or_else(|| problem(file, "this file is missing".to_owned()))
}

fn text<'a>(files: &'a BTreeMap<String, Vec<u8>>, file: &str) -> Result<Option<&'a str>> {
    files
        .get(file)
        .map(|bytes| std::str::from_utf8(bytes))
        .transpose()
        .map_err(|error| problem(file, format!("this is not UTF-8 text: {error}")))
}

fn table<'a>(file: &str, text: &'a str) -> Result<Spanned<DeTable<'a>>> {
    DeTable::parse(text).map_err(|error| problem(file, error.to_string().trim_end().to_owned()))
}

fn problem(file: &str, problem: String) -> DefinitionError {
    DefinitionError {
        file: file.to_owned(),
        key: String::new(),
        problem,
        hint: None,
    }
}

fn whole<'a>(file: &'a str, table: &'a Spanned<DeTable<'a>>) -> Section<'a> {
    Section {
        file,
        key: String::new(),
        table: table.get_ref(),
    }
}
