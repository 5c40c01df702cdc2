// Tiles of a page that say nothing under the filters chosen: by a dimension of which only one value is left,
// or with the same answer as another tile of the page. They give way to the others; a tile that stands
// alone in another page always shows.
import type { Definitions } from '../api/types';
import type { App } from '../state/app.svelte';
import { SIDES, sideFilters, type Filters, type PlainFilters } from '../state/filters';
import { DATA_JOB, OF_DATA_JOBS } from './behind';
import { tileDefinition } from './figure';
import { crossLook } from './looks';
import type { TilesView } from './view.svelte';

export type Why =
  /** Of this dimension one value is chosen. */
  | { kind: 'one'; dimension: string }
  /** All postings are data jobs, which the tile tells from others or is about. */
  | { kind: 'data' }
  /** The tile is about this value, which is not among the chosen ones. */
  | { kind: 'without'; dimension: string; value: string };

export interface LeftOut {
  name: string;
  why: Why;
}

/** Postings have several of these at once: beside a chosen one the tile shows what goes with it. */
const TOGETHER: readonly string[] = ['role', 'skill'];
/** Roles whose postings are data jobs: the one that stands for the others, and those. */
export const DATA_ROLES: readonly string[] = ['datajob', 'de', 'da', 'ds'];
/** `parents` of the tiles in pipeline/tiles.toml that name one. */
export const WITHIN: Readonly<Record<string, { dimension: string; value: string }>> = {
  seoul_districts: { dimension: 'province', value: '서울' },
  data_job_seoul_districts: { dimension: 'province', value: '서울' },
};

/** The tiles of a page that are left out, and whether one of them is shown. */
export function shownOf(
  page: readonly string[],
  view: Pick<TilesView, 'asked'>,
  app: Pick<App, 'definitions'> & { selection: Pick<App['selection'], 'filters'> },
) {
  const out = leftOut(page, view.asked ?? app.selection.filters, app.definitions);
  return { out, shows: (name: string) => out.every((one) => one.name !== name) };
}

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
  const within = WITHIN[name];
  if (within !== undefined && lacks(filters, within)) return { kind: 'without', ...within };
  const ofDataJobs = OF_DATA_JOBS.includes(name);
  if (ofDataJobs && lacks(filters, DATA_JOB)) return { kind: 'without', ...DATA_JOB };
  const [first = '', second = ''] = tile.by;
  if (tile.kind === 'cross') {
    // Shares of the one value that is left are all 100 %.
    return crossLook(name).sharesOf === 'row' ? only(filters, second) : null;
  }
  if (!TOGETHER.includes(first)) {
    const why = only(filters, first);
    if (why !== null) return why;
  }
  const same = page.some((other) => {
    const { kind, by } = tileDefinition(definitions, other) ?? {};
    return kind === tile.kind && by?.join() === first && !OF_DATA_JOBS.includes(other);
  });
  if (!ofDataJobs || !same) return null;
  return only(filters, DATA_JOB.dimension) ?? only(filters, first);
}

/** Why at most one value of a dimension is left; null where more may be. */
function only(filters: PlainFilters, dimension: string): Why | null {
  const found = limits(filters, dimension).find(({ values }) => values.length <= 1);
  if (found === undefined) return null;
  return found.values.includes(DATA_JOB.value)
    ? { kind: 'data' }
    : { kind: 'one', dimension: found.by };
}

function lacks(filters: PlainFilters, { dimension, value }: typeof DATA_JOB): boolean {
  return limits(filters, dimension).some(({ values }) => !values.includes(value));
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
