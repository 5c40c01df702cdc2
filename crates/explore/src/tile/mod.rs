//! Tiles: one figure or one chart of a selection.

mod groups;
mod value;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use crate::answer::{Grain, PostingsTile, SelectionAnswer, TileAnswer, TilesAnswer};
use crate::bits::Bits;
use crate::definitions::{NumberColumn, Shape, Tile, Values};
use crate::image::Image;
use crate::request::{Request, Sort};
use crate::selection::{Chosen, Filters};

impl Image {
    /// The tiles that the request names, for each of its selections.
    pub fn tiles(&self, request: &Request) -> TilesAnswer {
        let selections: Vec<&Filters> = std::iter::once(&request.first)
            .chain(&request.second)
            .collect();
        let tiles: Vec<&Tile> = request
            .tiles
            .iter()
            .map(|tile| &self.definitions.tiles[*tile])
            .collect();
        let grain = tiles
            .iter()
            .any(|tile| matches!(tile.shape, Shape::Flow(_)))
            .then(|| self.grain(request.grain, selections.iter().copied()));
        TilesAnswer {
            build: self.facts.build,
            origin: self.facts.origin.clone(),
            collected_through: self
                .facts
                .collected_through
                .map(|instant| instant.to_string()),
            last_day: self.facts.last_day.map(|day| day.to_string()),
            active_coverage: self.active_coverage,
            not_provided: self.not_provided.clone(),
            grain,
            selections: selections
                .into_iter()
                .map(|filters| {
                    let scope = Scope::new(self, filters);
                    let answers = tiles.iter().map(|tile| {
                        let answer = scope.tile(tile, grain.unwrap_or(Grain::Day));
                        (tile.name.clone(), answer)
                    });
                    SelectionAnswer {
                        postings: scope.chosen.count as u32,
                        of: self.postings.len() as u32,
                        unknown: self.unknown(filters),
                        period_known: self.knows_period(filters),
                        tiles: answers.collect(),
                    }
                })
                .collect(),
        }
    }
}

/// One selection while its tiles are counted.
struct Scope<'a> {
    image: &'a Image,
    filters: &'a Filters,
    chosen: Arc<Chosen>,
    /// Subsets of it that several tiles share.
    parts: RefCell<Vec<(&'a [Values], Rc<Chosen>)>>,
}

impl<'a> Scope<'a> {
    fn new(image: &'a Image, filters: &'a Filters) -> Self {
        Self {
            image,
            filters,
            chosen: image.choose(filters),
            parts: RefCell::default(),
        }
    }

    fn tile(&self, tile: &'a Tile, grain: Grain) -> TileAnswer {
        let part = self.part(&tile.wanted);
        let chosen = part.as_deref().unwrap_or(&self.chosen);
        match tile.shape {
            Shape::Value => {
                let measure = &self.image.definitions.measures[tile.measure];
                TileAnswer::Value(value::value_tile(self.image, &measure.aggregate, chosen))
            }
            Shape::Groups(dimension) => {
                TileAnswer::Groups(groups::groups_tile(self, tile, dimension, chosen))
            }
            Shape::Cross {
                rows,
                columns,
                shares_of_group,
            } => TileAnswer::Cross(groups::cross_tile(
                self,
                tile,
                rows,
                columns,
                shares_of_group,
                chosen,
            )),
            Shape::Flow(dimension) => {
                TileAnswer::Flow(self.image.flow_tile(chosen, self.filters, dimension, grain))
            }
            Shape::Postings(column) => {
                TileAnswer::Postings(self.postings_tile(column, tile.top.unwrap_or(0), chosen))
            }
        }
    }

    /// The chosen postings that a tile is about; none when it is about all of them.
    fn part(&self, wanted: &'a [Values]) -> Option<Rc<Chosen>> {
        if wanted.is_empty() {
            return None;
        }
        let known = self
            .parts
            .borrow()
            .iter()
            .find(|(other, _)| *other == wanted)
            .cloned();
        if let Some((_, part)) = known {
            return Some(part);
        }
        let mut bits: Bits = self.chosen.bits.clone();
        for values in wanted {
            self.image.keep_values(values, &mut bits);
        }
        let part = Rc::new(Chosen::new(bits));
        self.parts.borrow_mut().push((wanted, part.clone()));
        Some(part)
    }

    fn postings_tile(&self, column: NumberColumn, top: usize, chosen: &Chosen) -> PostingsTile {
        let order = self.image.postings.order(Sort::Number(column));
        let rows = order.walk(true).take(order.valued());
        let rows = rows.filter(|row| chosen.bits.has(*row)).take(top);
        PostingsTile {
            n: chosen.count as u32,
            rows: rows.map(|row| self.image.posting(row)).collect(),
        }
    }
}
