//! Small definitions with every kind of tile.

use std::collections::BTreeMap;

use semantic::{Definitions, Kind, Request, RequestError};

pub const MEASURES: &str = include_str!("../definitions/measures.toml");
pub const TILES: &str = include_str!("../definitions/tiles.toml");
const SEARCH: &str = include_str!("../definitions/search.toml");
const ROLES: &str = include_str!("../definitions/roles.toml");

pub fn files() -> BTreeMap<String, Vec<u8>> {
    let files = [
        ("measures.toml", MEASURES),
        ("tiles.toml", TILES),
        ("search.toml", SEARCH),
        ("roles.toml", ROLES),
    ];
    let files = files.into_iter();
    files
        .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
        .collect()
}

pub fn definitions() -> Definitions {
    Definitions::parse(&files()).expect("the definitions are valid")
}

pub fn request(kind: Kind, pairs: &[(&str, &str)]) -> Result<Request, RequestError> {
    let pairs = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Request::parse(kind, pairs, &definitions())
}
