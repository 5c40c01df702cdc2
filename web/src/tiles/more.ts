// What a tile leaves out, in words.
import type { Locale } from '../i18n/locale';
import { SIDES } from '../state/filters';
import { sideAnswer, type TilesView } from './view.svelte';

/** Groups beyond those that are shown, of each selection that is compared; undefined when none has any. */
export function moreText(
  view: Pick<TilesView, 'answer'>,
  name: string,
  { t, number }: Pick<Locale, 't' | 'number'>,
): string | undefined {
  const comparing = (view.answer?.selections.length ?? 1) > 1;
  const texts = (comparing ? SIDES : (['a'] as const)).flatMap((side) => {
    const tile = sideAnswer(view.answer, side)?.tiles[name];
    if (tile === undefined || !('more' in tile) || tile.more === 0) return [];
    const text = t('tile.more', { n: number(tile.more) });
    return [comparing ? `${side.toUpperCase()}: ${text}` : text];
  });
  return texts.length === 0 ? undefined : texts.join(' · ');
}
