//! The keys of tiles, in `tiles.toml` and the files in `tiles/`.

use serde::Deserialize;

use super::keys::Lists;
use super::read::{Place, Positive, Result, Text};
use super::series::TileSeries;

/// The keys of every kind of tile.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct TileKeys {
    pub label_ko: Option<String>,
    pub label_en: Option<String>,
    pub subtitle_ko: Option<String>,
    pub subtitle_en: Option<String>,
    pub kind: Option<Kind>,
    pub measure: Option<Text>,
    pub by: Option<Vec<String>>,
    pub values: Option<Lists>,
    pub parents: Option<Lists>,
    pub except: Option<Lists>,
    pub r#where: Option<Lists>,
    pub top: Option<Positive>,
    pub shares_of: Option<SharesOf>,
    pub order: Option<Order>,
    pub column: Option<Text>,
    pub series: Option<TileSeries>,
    pub choice: Option<ChoiceKeys>,
    pub pick: Option<PickKeys>,
    pub look: Option<Text>,
    pub alternative: Option<AlternativeKeys>,
    #[serde(default)]
    pub expected: Vec<Positive>,
    pub whole: Option<bool>,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Flow,
    Postings,
    Series,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SharesOf {
    Group,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Order {
    Size,
}

impl TileKeys {
    /// Refuses the keys that tiles of its kind do not have.
    pub fn check(&self, place: &Place) -> Result<()> {
        let is_series = self.kind == Some(Kind::Series);
        let of_others: &[(&str, bool)] = match is_series {
            true => &[
                ("measure", self.measure.is_some()),
                ("by", self.by.is_some()),
                ("parents", self.parents.is_some()),
                ("where", self.r#where.is_some()),
                ("top", self.top.is_some()),
                ("shares_of", self.shares_of.is_some()),
                ("order", self.order.is_some()),
                ("column", self.column.is_some()),
            ],
            false => &[
                ("series", self.series.is_some()),
                ("choice", self.choice.is_some()),
                ("pick", self.pick.is_some()),
            ],
        };
        match of_others.iter().find(|(_, is_given)| *is_given) {
            Some((key, _)) if is_series => {
                Err(place.error(key, "a tile of kind `series` does not have this"))
            }
            Some((key, _)) => Err(place.error(key, "only kind `series` has this")),
            None => Ok(()),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct AlternativeKeys {
    pub look: Text,
    pub name: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct ChoiceKeys {
    pub name: Text,
    pub column: Text,
    pub label_ko: Text,
    pub label_en: Text,
    #[serde(default)]
    pub options: Vec<OptionKeys>,
    #[serde(default)]
    pub follows: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct PickKeys {
    pub name: Text,
    pub label_ko: Text,
    pub label_en: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct OptionKeys {
    pub value: Text,
    pub label_ko: Text,
    pub label_en: Text,
    #[serde(default)]
    pub subtitle_ko: String,
    #[serde(default)]
    pub subtitle_en: String,
}
