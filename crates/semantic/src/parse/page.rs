//! Pages, from the files in `pages/`.

use serde::Deserialize;

use super::keys::check_name;
use super::read::{Place, Positive, Result, Text};
use super::shown;
use crate::series::SeriesInfo;
use crate::shown::{PageCell, PageInfo, PageTile, TileInfo};

/// Parts of pages that are no tiles; the page of the dashboard draws them.
pub const BLOCKS: &[&str] = &["figures", "notes", "scale", "sources"];

/// First parts of paths that are no pages of tiles.
const TAKEN: &[&str] = &[
    "api", "assets", "embed", "healthz", "method", "postings", "readyz", "sql",
];

/// Widths are in twelfths of a row.
const WHOLE: usize = 12;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct PageKeys {
    position: Option<Positive>,
    label_ko: Text,
    label_en: Text,
    title_ko: Option<String>,
    title_en: Option<String>,
    #[serde(default)]
    lede_ko: String,
    #[serde(default)]
    lede_en: String,
    #[serde(default)]
    rows: Vec<Vec<CellKeys>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct CellKeys {
    tile: Option<Text>,
    tiles: Option<Vec<String>>,
    block: Option<String>,
    width: Option<Positive>,
    #[serde(default)]
    own_height: bool,
    look: Option<Text>,
    label_ko: Option<String>,
    label_en: Option<String>,
    subtitle_ko: Option<String>,
    subtitle_en: Option<String>,
}

/// A page with its position; pages without one come after the others.
pub(super) fn page(
    tiles: &[TileInfo],
    series: &[SeriesInfo],
    name: &str,
    keys: PageKeys,
    place: &Place,
) -> Result<(usize, PageInfo)> {
    check_name(place, name)?;
    if TAKEN.contains(&name) {
        return Err(place.error("", "this address is taken: give the file another name"));
    }
    let mut rows = Vec::new();
    for (row, cells) in keys.rows.into_iter().enumerate() {
        let cells = cells.into_iter().enumerate().map(|(column, keys)| {
            let place = place.at(&format!("rows[{row}][{column}]"));
            cell(tiles, series, keys, &place)
        });
        rows.push(cells.collect::<Result<_>>()?);
    }
    if rows.is_empty() {
        return Err(place.error(
            "rows",
            "this is missing or empty: a page has at least one row",
        ));
    }
    let (label_ko, label_en) = (keys.label_ko.into_string(), keys.label_en.into_string());
    let page = PageInfo {
        name: name.to_owned(),
        title_ko: keys.title_ko.unwrap_or_else(|| label_ko.clone()),
        title_en: keys.title_en.unwrap_or_else(|| label_en.clone()),
        lede_ko: keys.lede_ko,
        lede_en: keys.lede_en,
        label_ko,
        label_en,
        rows,
    };
    Ok((keys.position.map_or(usize::MAX, |place| place.0), page))
}

fn cell(
    tiles: &[TileInfo],
    series: &[SeriesInfo],
    keys: CellKeys,
    place: &Place,
) -> Result<PageCell> {
    let given = [
        keys.tile.is_some(),
        keys.tiles.is_some(),
        keys.block.is_some(),
    ];
    if given.into_iter().filter(|given| *given).count() != 1 {
        return Err(place.error("", "this needs one of `tile`, `tiles` and `block`"));
    }
    let of_one_tile = [
        ("look", keys.look.is_some()),
        ("label_ko", keys.label_ko.is_some()),
        ("label_en", keys.label_en.is_some()),
        ("subtitle_ko", keys.subtitle_ko.is_some()),
        ("subtitle_en", keys.subtitle_en.is_some()),
    ];
    if let Some((key, _)) = of_one_tile.into_iter().find(|(_, given)| *given)
        && keys.tile.is_none()
    {
        return Err(place.error(key, "only a single `tile` has this"));
    }
    let known = |key: &str, name: &str| {
        let found = tiles.iter().find(|tile| tile.name == name);
        let names = || tiles.iter().map(|tile| tile.name.as_str());
        found.ok_or_else(|| place.unknown(key, "tile", name, names()))
    };
    let mut shown = Vec::new();
    for name in keys.tiles.iter().flatten() {
        shown.push(PageTile {
            name: known("tiles", name)?.name.clone(),
            ..PageTile::default()
        });
    }
    if let Some(name) = &keys.tile {
        let tile = known("tile", name.as_str())?;
        let look = |name: &Text| {
            let look = shown::look(place, name, &tile.kind)?;
            let own = tile.series.as_ref();
            let series = own.and_then(|own| series.iter().find(|series| series.name == *own));
            if let Some(series) = series {
                shown::check_parts(series, &look, "look", place)?;
            }
            Ok(look)
        };
        shown.push(PageTile {
            name: tile.name.clone(),
            look: keys.look.as_ref().map(look).transpose()?,
            label_ko: keys.label_ko,
            label_en: keys.label_en,
            subtitle_ko: keys.subtitle_ko,
            subtitle_en: keys.subtitle_en,
        });
    }
    if let Some(name) = &keys.block
        && !BLOCKS.contains(&name.as_str())
    {
        return Err(place.unknown("block", "block", name, BLOCKS.iter().copied()));
    }
    if keys.block.is_none() && shown.is_empty() {
        return Err(place.error("tiles", "this list is empty"));
    }
    let width = keys.width.map_or(WHOLE, |width| width.0);
    if width > WHOLE {
        return Err(place.error("width", "a row has twelve twelfths"));
    }
    Ok(PageCell {
        width,
        own_height: keys.own_height,
        block: keys.block,
        tiles: shown,
    })
}
