// The series that the tiles of the page show, for its blocks.
import type { SeriesDefinition } from '../api/types';
import type { App } from '../state/app.svelte';
import { shownAs, type Shown } from '../tiles/looks';

export interface Tiled {
  series: SeriesDefinition;
  /** Its tiles on this page. */
  tiles: Omit<Shown, 'look'>[];
}

/** Each series once. */
export function seriesOfPage(app: App): Tiled[] {
  const page = app.layout.pages.find(({ name }) => name === app.route.page);
  const tiles = (page?.rows ?? []).flat().flatMap((cell) => cell.tiles);
  const shown = tiles.flatMap((tile) => shownAs(app, tile) ?? []);
  const found = (app.definitions?.series ?? []).map((series) => ({
    series,
    tiles: shown.filter(({ definition }) => definition.series === series.name),
  }));
  return found.filter(({ tiles }) => tiles.length > 0);
}
