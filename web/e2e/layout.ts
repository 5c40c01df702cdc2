// What the product's own pages show.
import { productLayout } from '../scripts/layout.mjs';
import { tilesOf } from '../src/pages/layout';

const { tiles, pages } = productLayout();

/** The tiles of the image of postings that a page asks for. */
export function tilesOn(page: string): string[] {
  const found = pages.filter(({ name }) => name === page).flatMap(tilesOf);
  return found.filter((tile) => tiles.some(({ name, kind }) => name === tile && kind !== 'series'));
}

/** What a page is called in the header, where pipeline/pages/ says it. */
export function labelOf(page: string, language: 'ko' | 'en'): string | undefined {
  return pages.find(({ name }) => name === page)?.[`label_${language}`];
}
