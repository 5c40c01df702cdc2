// What a tile leaves out, in words.
import type { Locale } from '../i18n/locale';
import { sideAnswer, type TilesView } from './view.svelte';

/** Groups beyond those that are shown, or undefined when all are. */
export function moreText(view: TilesView, name: string, locale: Locale): string | undefined {
  const tile = sideAnswer(view.answer, 'a')?.tiles[name];
  if (tile === undefined || !('more' in tile) || tile.more === 0) return undefined;
  return locale.t('tile.more', { n: locale.number(tile.more) });
}
