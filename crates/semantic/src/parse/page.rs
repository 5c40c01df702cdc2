//! Pages, from the files in `pages/`.

use super::keys::{check_name, labels};
use super::section::{Result, Section};
use super::shown;
use crate::shown::{PageCell, PageInfo, PageTile, TileInfo};

/// Parts of pages that are no tiles; the page of the dashboard draws them.
pub const BLOCKS: &[&str] = &[
    "figures",
    "notes",
    "exam_sources",
    "interest_scale",
    "interest_source",
];

/// First parts of paths that are no pages of tiles.
const TAKEN: &[&str] = &[
    "api", "assets", "embed", "healthz", "method", "postings", "readyz", "sql",
];

/// Widths are in twelfths of a row.
const WHOLE: usize = 12;

/// A page with its position; pages without one come after the others.
pub(super) fn page(
    tiles: &[TileInfo],
    name: &str,
    file: &Section<'_>,
) -> Result<(usize, PageInfo)> {
    file.only(&[
        "position", "label_ko", "label_en", "title_ko", "title_en", "lede_ko", "lede_en", "rows",
    ])?;
    check_name(file, name)?;
    if TAKEN.contains(&name) {
        return Err(file.error("", "this address is taken: give the file another name"));
    }
    let label = labels(file, "label")?;
    let or =
        |key: &str, otherwise: &str| Ok(file.optional_text(key)?.unwrap_or(otherwise).to_owned());
    let mut rows = Vec::new();
    for row in file.lists_of_sections("rows")? {
        let cells = row.iter().map(|section| cell(tiles, section));
        rows.push(cells.collect::<Result<_>>()?);
    }
    if rows.is_empty() {
        return Err(file.error(
            "rows",
            "this is missing or empty: a page has at least one row",
        ));
    }
    let page = PageInfo {
        name: name.to_owned(),
        title_ko: or("title_ko", &label.ko)?,
        title_en: or("title_en", &label.en)?,
        lede_ko: or("lede_ko", "")?,
        lede_en: or("lede_en", "")?,
        label_ko: label.ko,
        label_en: label.en,
        rows,
    };
    Ok((file.positive("position")?.unwrap_or(usize::MAX), page))
}

fn cell(tiles: &[TileInfo], section: &Section<'_>) -> Result<PageCell> {
    let own = ["look", "label_ko", "label_en", "subtitle_ko", "subtitle_en"];
    let places = ["tile", "tiles", "block", "width", "own_height"];
    section.only(&[&places[..], &own[..]].concat())?;
    let given = places[..3].iter().filter(|key| section.has(key)).count();
    if given != 1 {
        return Err(section.error("", "this needs one of `tile`, `tiles` and `block`"));
    }
    if let Some(key) = own.into_iter().find(|key| section.has(key))
        && !section.has("tile")
    {
        return Err(section.error(key, "only a single `tile` has this"));
    }
    let known = |key: &str, name: &str| {
        let found = tiles.iter().find(|tile| tile.name == name);
        let names = || tiles.iter().map(|tile| tile.name.as_str());
        found.ok_or_else(|| section.unknown(key, "tile", name, names()))
    };
    let mut shown = Vec::new();
    for name in section.texts("tiles")?.unwrap_or_default() {
        shown.push(PageTile {
            name: known("tiles", &name)?.name.clone(),
            ..PageTile::default()
        });
    }
    if section.has("tile") {
        let tile = known("tile", section.text("tile")?)?;
        let text = |key| Ok(section.optional_text(key)?.map(str::to_owned));
        let look = match section.has("look") {
            true => Some(shown::look(section, "look", &tile.kind)?.to_owned()),
            false => None,
        };
        shown.push(PageTile {
            name: tile.name.clone(),
            look,
            label_ko: text("label_ko")?,
            label_en: text("label_en")?,
            subtitle_ko: text("subtitle_ko")?,
            subtitle_en: text("subtitle_en")?,
        });
    }
    let block = section.optional_text("block")?;
    if let Some(name) = block
        && !BLOCKS.contains(&name)
    {
        return Err(section.unknown("block", "block", name, BLOCKS.iter().copied()));
    }
    if block.is_none() && shown.is_empty() {
        return Err(section.error("tiles", "this list is empty"));
    }
    let width = section.positive("width")?.unwrap_or(WHOLE);
    if width > WHOLE {
        return Err(section.error("width", "a row has twelve twelfths"));
    }
    Ok(PageCell {
        width,
        own_height: section.flag("own_height", false)?,
        block: block.map(str::to_owned),
        tiles: shown,
    })
}
