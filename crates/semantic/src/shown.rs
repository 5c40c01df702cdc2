//! How tiles look and where they are: tiles and pages as the dashboard reads them.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

/// Lists of values by what they are values of.
pub(crate) type ValuesByName = BTreeMap<String, Vec<String>>;

/// Tiles and pages, for whoever draws before the other definitions are there.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Layout<'a> {
    /// All tiles.
    pub tiles: &'a [TileInfo],
    /// All pages, in their order.
    pub pages: &'a [PageInfo],
}

/// A tile.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TileInfo {
    /// Name.
    pub name: String,
    /// Korean title.
    pub label_ko: String,
    /// English title.
    pub label_en: String,
    /// What it says below its title, in Korean; `{parent}` is the name of the parent that its values
    /// are below. May be empty.
    pub subtitle_ko: String,
    /// The same in English.
    pub subtitle_en: String,
    /// The measure it shows; none of a series.
    #[schema(required)]
    pub measure: Option<String>,
    /// The dimensions it shows it by.
    pub by: Vec<String>,
    /// `value`, `groups`, `cross`, `flow`, `postings` or `series`.
    pub kind: String,
    /// How it is drawn: of a value `figure`; of groups `bars`, `keywords` or `map`; of a cross tile
    /// `grouped`, `stacked`, `percent` or `multiples`; of a flow `flow`; of postings `list`; of a
    /// series `lines`, `parts`, `rates` or `means`.
    pub look: String,
    /// Another look to switch to.
    #[schema(required)]
    pub alternative: Option<Alternative>,
    /// The rows, and the columns, that it probably has; empty where that is not stated.
    pub expected: Vec<usize>,
    /// Whether the axis of its bars goes to 100 %.
    pub whole: bool,
    /// What shares are of: `group` or `tile`.
    pub shares_of: String,
    /// Only postings with these values count, on top of what is chosen.
    #[schema(value_type = BTreeMap<String, Vec<String>>)]
    pub r#where: ValuesByName,
    /// Of a dimension, only values below these parents are shown; `top`: below the largest.
    #[schema(value_type = BTreeMap<String, Vec<String>>)]
    pub parents: ValuesByName,
    /// Of a list of postings: what they have most of.
    #[schema(required)]
    pub column: Option<String>,
    /// Of a series: the published table that it shows, as `schema.table`.
    #[schema(required)]
    pub table: Option<String>,
    /// Of a series: how that table is read, by its name.
    #[schema(required)]
    pub series: Option<String>,
    /// Of a series: only rows with these values, by column.
    #[schema(value_type = BTreeMap<String, Vec<String>>)]
    pub values: ValuesByName,
    /// Of a series: no rows with these values, by column.
    #[schema(value_type = BTreeMap<String, Vec<String>>)]
    pub except: ValuesByName,
    /// Of a series: a column of which one value is shown, and chosen.
    #[schema(required)]
    pub choice: Option<Choice>,
    /// Of a series: that its keys can be chosen by their marks.
    #[schema(required)]
    pub pick: Option<Pick>,
}

/// A second look of a tile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Alternative {
    /// A look of the tile's kind.
    pub look: String,
    /// The parameter with which addresses of the page ask for it.
    pub name: String,
}

/// What is chosen in a tile itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TileChoice)]
pub struct Choice {
    /// The parameter with which addresses of the page keep it.
    pub name: String,
    /// The column of the table.
    pub column: String,
    /// What is chosen, in Korean.
    pub label_ko: String,
    /// The same in English.
    pub label_en: String,
    /// What there is to choose; the first unless another one is chosen.
    pub options: Vec<ChoiceOption>,
    /// Whether another tile of the page has its buttons.
    pub follows: bool,
}

/// How addresses of the page keep keys of a series that were chosen by their marks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TilePick)]
pub struct Pick {
    /// The parameter.
    pub name: String,
    /// What is chosen, in Korean.
    pub label_ko: String,
    /// The same in English.
    pub label_en: String,
}

/// One of the values to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TileOption)]
pub struct ChoiceOption {
    /// Value of the column.
    pub value: String,
    /// Korean name.
    pub label_ko: String,
    /// English name.
    pub label_en: String,
    /// In place of the tile's subtitle, in Korean. May be empty.
    pub subtitle_ko: String,
    /// The same in English.
    pub subtitle_en: String,
}

/// A page of tiles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PageInfo {
    /// Name, and path below the root of the site; `overview` is at the root.
    pub name: String,
    /// Korean name in the header.
    pub label_ko: String,
    /// English name in the header.
    pub label_en: String,
    /// Korean heading.
    pub title_ko: String,
    /// English heading.
    pub title_en: String,
    /// What the page is about, in Korean. May be empty.
    pub lede_ko: String,
    /// The same in English.
    pub lede_en: String,
    /// Cells side by side, row by row.
    pub rows: Vec<Vec<PageCell>>,
}

/// A place in a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PageCell {
    /// Its part of the row's width, relative to the other cells.
    pub width: usize,
    /// Whether it keeps its own height in a higher row.
    pub own_height: bool,
    /// A part of the page that is no tile, in place of tiles.
    #[schema(required)]
    pub block: Option<String>,
    /// Tiles, one below the other.
    pub tiles: Vec<PageTile>,
}

/// A tile on a page. What is absent is as the tile has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct PageTile {
    /// Its name.
    pub name: String,
    /// Another look of its kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub look: Option<String>,
    /// Another Korean title.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub label_ko: Option<String>,
    /// Another English title.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub label_en: Option<String>,
    /// Another Korean subtitle.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub subtitle_ko: Option<String>,
    /// Another English subtitle.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub subtitle_en: Option<String>,
}
