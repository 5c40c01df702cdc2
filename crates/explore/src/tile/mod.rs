//! Tiles: one figure or one chart of a selection.

mod flow;
mod groups;
mod scope;
mod value;

use semantic::{Extent as _, Filters, Grain, Request, Shape, Tile};

use crate::answer::{PostingsTile, SelectionAnswer, TileAnswer, TilesAnswer};
use crate::chosen::Chosen;
use crate::image::Image;
use scope::Scope;

impl Image {
    /// The tiles that the request names, for each of its selections.
    pub fn tiles(&self, request: &Request) -> TilesAnswer {
        let selections: Vec<&Filters> = request.selections().collect();
        let tiles: Vec<&Tile> = request
            .tiles
            .iter()
            .map(|tile| &self.definitions.tiles[*tile])
            .collect();
        let grain = tiles
            .iter()
            .any(|tile| matches!(tile.shape, Shape::Flow(_)))
            .then(|| self.grain(request));
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
                        let answer = answer(&scope, tile, grain.unwrap_or(Grain::Day));
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

fn answer<'a>(scope: &Scope<'a>, tile: &'a Tile, grain: Grain) -> TileAnswer {
    let part = scope.part(&tile.wanted);
    let chosen = part.as_deref().unwrap_or(&scope.chosen);
    match tile.shape {
        Shape::Value => {
            let measure = &scope.image.definitions.measures[tile.measure];
            TileAnswer::Value(value::value_tile(scope.image, &measure.aggregate, chosen))
        }
        Shape::Groups(dimension) => {
            TileAnswer::Groups(groups::groups_tile(scope, tile, dimension, chosen))
        }
        Shape::Cross {
            rows,
            columns,
            shares_of_group,
        } => TileAnswer::Cross(groups::cross_tile(
            scope,
            tile,
            rows,
            columns,
            shares_of_group,
            chosen,
        )),
        Shape::Flow(dimension) => TileAnswer::Flow(scope.image.flow_tile(
            chosen,
            scope.filters,
            dimension,
            grain,
        )),
        Shape::List(column) => {
            TileAnswer::Postings(postings_tile(scope, column, tile.top.unwrap_or(0), chosen))
        }
    }
}

fn postings_tile(scope: &Scope<'_>, column: usize, top: usize, chosen: &Chosen) -> PostingsTile {
    let order = &scope.image.postings.orders[column];
    let rows = order.walk(true).take(order.valued());
    let rows = rows.filter(|row| chosen.bits.contains(*row)).take(top);
    PostingsTile {
        n: chosen.count as u32,
        rows: rows.map(|row| scope.image.posting(row)).collect(),
    }
}
