// Tiles of a page that say nothing under the filters chosen: by a dimension of which only one value is left,
// or with the same answer as another tile of the page. They give way to the others; a tile that stands
// alone in another page always shows.
import type { Definitions, TileDefinition } from '../api/types';
import type { Words } from '../charts/words';
import { SIDES, sideFilters, type Filters, type PlainFilters } from '../state/filters';
import { DATA_JOB, ofDataJobs } from './behind';
import { tileDefinition } from './figure';

export type Why =
  /** Of this dimension one value is chosen. */
  | { kind: 'one'; dimension: string }
  /** All values chosen of this dimension belong to one value of the other. */
  | { kind: 'within'; dimension: string; of: string }
  /** All postings are data jobs, which the tile tells from others or is about. */
  | { kind: 'data' }
  /** The tile is about this value, which the filter `by` excludes. */
  | { kind: 'without'; dimension: string; value: string; by: string };

export interface LeftOut {
  name: string;
  why: Why;
}

/** Postings have several of these at once: beside a chosen one the tile shows what goes with it. */
const TOGETHER: readonly string[] = ['role', 'skill'];
/** Roles whose postings are data jobs: the one that stands for the others, and those. */
export const DATA_ROLES: readonly string[] = ['datajob', 'de', 'da', 'ds'];
/** Stands for the largest of all parents. */
const TOP = 'top';

/** Of two selections that are compared a tile is shown when one of them needs it. */
export function leftOut(
  page: readonly string[],
  filters: Filters,
  definitions: Definitions | null,
): LeftOut[] {
  const sides = filters.versus === null ? (['a'] as const) : SIDES;
  return page.flatMap((name) => {
    const whys = sides.map((side) => whyNot(name, page, sideFilters(filters, side), definitions));
    const [why = null] = whys;
    return why === null || whys.includes(null) ? [] : [{ name, why }];
  });
}

function whyNot(
  name: string,
  page: readonly string[],
  filters: PlainFilters,
  definitions: Definitions | null,
): Why | null {
  const tile = tileDefinition(definitions, name);
  if (tile === undefined || (tile.kind !== 'groups' && tile.kind !== 'cross')) return null;
  const own = ofDataJobs(tile);
  for (const about of [...within(tile, definitions), ...(own ? [DATA_JOB] : [])]) {
    const by = lacks(filters, about);
    if (by !== undefined) return { kind: 'without', ...about, by };
  }
  const [first = '', second = ''] = tile.by;
  if (tile.kind === 'cross') {
    // Shares of the one value that is left are all 100 %.
    return tile.shares_of === 'group' ? only(filters, second) : null;
  }
  if (!TOGETHER.includes(first)) {
    const why = only(filters, first);
    if (why !== null) return why;
  }
  const same = page.some((other) => {
    const one = tileDefinition(definitions, other);
    return one?.kind === tile.kind && one.by.join() === first && !ofDataJobs(one);
  });
  if (!own || !same) return null;
  return only(filters, DATA_JOB.dimension) ?? only(filters, first);
}

/** The one value of a dimension above that a tile is below. */
function within({ parents }: TileDefinition, definitions: Definitions | null) {
  return Object.entries(parents).flatMap(([dimension, values]) => {
    const above = definitions?.dimensions.find(({ name }) => name === dimension)?.parent;
    const [value = TOP, ...others] = values;
    if (above == null || value === TOP || others.length > 0) return [];
    return [{ dimension: above, value }];
  });
}

/** Why at most one value of a dimension is left; null where more may be. */
function only(filters: PlainFilters, dimension: string): Why | null {
  const found = limits(filters, dimension).find(({ values }) => values.length <= 1);
  if (found === undefined) return null;
  const { by } = found;
  if (found.values.includes(DATA_JOB.value)) return { kind: 'data' };
  return by !== dimension && (filters.values[by]?.length ?? 0) > 1
    ? { kind: 'within', dimension: by, of: dimension }
    : { kind: 'one', dimension: by };
}

/** The dimension whose filter excludes the value. */
function lacks(filters: PlainFilters, { dimension, value }: typeof DATA_JOB): string | undefined {
  return limits(filters, dimension).find(({ values }) => !values.includes(value))?.by;
}

/** The values that are left of a dimension, by each of the filters that limit them. */
function limits({ values }: PlainFilters, dimension: string): { by: string; values: string[] }[] {
  const chosen = values[dimension] ?? [];
  const found = [{ by: dimension, values: [...chosen] }];
  const roles = values.role ?? [];
  if (dimension === 'role' && roles.includes('datajob')) {
    found[0] = { by: dimension, values: [...new Set([...DATA_ROLES.slice(1), ...roles])] };
  }
  const dataJobs = roles.length > 0 && roles.every((role) => DATA_ROLES.includes(role));
  if (dimension === DATA_JOB.dimension && dataJobs) {
    found.push({ by: 'role', values: [DATA_JOB.value] });
  }
  // The name of a district begins with that of its province.
  const above = (values.district ?? []).map((name) => name.slice(0, name.indexOf(' ')));
  if (dimension === 'province') found.push({ by: 'district', values: [...new Set(above)] });
  return found.filter((limit) => limit.values.length > 0);
}

/** The reason in words. */
export function becauseText(why: Why, words: Words): string {
  const { t } = words.locale;
  if (why.kind === 'data') return t('tile.left.data');
  const name = (dimension: string) => words.dimensionLabel(dimension).toLowerCase();
  if (why.kind === 'one') return t('tile.left.one', { of: name(why.dimension) });
  if (why.kind === 'within') {
    return t('tile.left.within', { of: name(why.dimension), in: name(why.of) });
  }
  return t(why.by === why.dimension ? 'tile.left.without' : 'tile.left.outside', {
    of: name(why.by),
    value: words.label(why.dimension, why.value),
  });
}
