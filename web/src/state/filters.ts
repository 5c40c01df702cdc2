// What a reader chose, as a value: read from an address, written to an address, and asked of the API.
// Reading never fails: what makes no sense is left out, values that no build knows are kept (the API
// tells them, the filter bar shows them), and parameters of others are not looked at.
import type { Grain } from '../api/types';

/** `b` is the second selection of a comparison. */
export type Side = 'a' | 'b';
export const SIDES = ['a', 'b'] as const satisfies readonly Side[];

/** Dimensions of every build, before the definitions say which others there are. */
export const DIMENSIONS: readonly string[] = [
  'role',
  'experience',
  'province',
  'district',
  'industry_category',
  'industry',
  'skill',
  'source',
  'employment_type',
  'education',
  'data_job',
  'newcomers',
  'status',
];

export const GRAINS = ['day', 'week', 'month'] as const satisfies readonly Grain[];

/** The API's limit for a text search; a longer one is cut. */
export const TEXT_LIMIT = 200;
/** A value longer than this cannot be one; more values of one dimension are not read. */
const VALUE_LIMIT = 200;
const VALUES_LIMIT = 100;

/** The filters of one selection. Of one dimension any value may match, of several all must. */
export interface PlainFilters {
  /** Chosen values by dimension; a dimension without any is absent. */
  readonly values: Readonly<Record<string, readonly string[]>>;
  /** First and last day, YYYY-MM-DD, both included. */
  readonly from: string | null;
  readonly to: string | null;
  readonly text: string;
}

/** What the second selection has in place of the first one's; an empty list takes a filter away. */
export interface Versus {
  readonly values: Readonly<Record<string, readonly string[]>>;
  readonly from?: string | null;
  readonly to?: string | null;
  readonly text?: string;
}

export interface Filters extends PlainFilters {
  readonly versus: Versus | null;
  readonly build: number | null;
  readonly grain: Grain | null;
}

export const NO_FILTERS: Filters = {
  values: {},
  from: null,
  to: null,
  text: '',
  versus: null,
  build: null,
  grain: null,
};

export function readFilters(
  params: URLSearchParams,
  dimensions: readonly string[] = DIMENSIONS,
): Filters {
  const [from, to] = inOrder(day(params.get('from')), day(params.get('to')));
  return {
    values: readValues(params, dimensions),
    from,
    to,
    text: searchText(params.get('q')),
    versus: inOrderWith({ from, to }, readVersus(params, dimensions)),
    build: buildNumber(params.get('build')),
    grain: GRAINS.find((grain) => grain === params.get('grain')) ?? null,
  };
}

/** Days, builds and grains of an address that are none, as `name=value`. */
export function unreadIn(params: URLSearchParams): string[] {
  const known: Record<string, (value: string) => boolean> = {
    from: (value) => day(value) !== null,
    to: (value) => day(value) !== null,
    build: (value) => buildNumber(value) !== null,
    grain: (value) => GRAINS.some((grain) => grain === value),
  };
  return [...params].flatMap(([name, value]) => {
    const plain = name.startsWith('vs.') ? name.slice(3) : name;
    const reads = Object.hasOwn(known, plain) ? known[plain] : undefined;
    if (reads === undefined || value === '' || reads(value)) return [];
    return [`${name}=${[...value].slice(0, 40).join('')}`];
  });
}

/** Writes the filters in one canonical order: the same choice always has the same address. */
export function writeFilters(
  filters: Filters,
  dimensions: readonly string[] = DIMENSIONS,
): URLSearchParams {
  const params = writePlain(filters, dimensions);
  const { versus } = filters;
  if (versus !== null) {
    for (const dimension of dimensions) {
      const values = versus.values[dimension];
      if (values === undefined) continue;
      if (values.length === 0) params.append(`vs.${dimension}`, '');
      for (const value of values) params.append(`vs.${dimension}`, value);
    }
    if (versus.from !== undefined) params.set('vs.from', versus.from ?? '');
    if (versus.to !== undefined) params.set('vs.to', versus.to ?? '');
    if (versus.text !== undefined) params.set('vs.q', versus.text);
  }
  if (filters.build !== null) params.set('build', String(filters.build));
  if (filters.grain !== null) params.set('grain', filters.grain);
  return params;
}

/** Whether a parameter of an address belongs to the filters. */
export function isFilterParameter(
  name: string,
  dimensions: readonly string[] = DIMENSIONS,
): boolean {
  if (name === 'build' || name === 'grain') return true;
  const plain = name.startsWith('vs.') ? name.slice(3) : name;
  return plain === 'from' || plain === 'to' || plain === 'q' || dimensions.includes(plain);
}

/** One side as filters of its own, without the comparison. */
export function sideFilters(filters: Filters, side: Side): Filters {
  const { versus } = filters;
  if (side === 'a' || versus === null) return { ...filters, versus: null };
  const values = { ...filters.values };
  for (const [dimension, replaced] of Object.entries(versus.values)) {
    if (replaced.length === 0) delete values[dimension];
    else values[dimension] = replaced;
  }
  const [from, to] = inOrder(
    versus.from === undefined ? filters.from : versus.from,
    versus.to === undefined ? filters.to : versus.to,
  );
  return { ...filters, values, from, to, text: versus.text ?? filters.text, versus: null };
}

/** Both sides changed places. */
export function swapSides(filters: Filters): Filters {
  const { versus } = filters;
  if (versus === null) return filters;
  const values: Record<string, readonly string[]> = {};
  for (const dimension of Object.keys(versus.values)) {
    values[dimension] = filters.values[dimension] ?? [];
  }
  return {
    ...sideFilters(filters, 'b'),
    versus: {
      values,
      ...(versus.from === undefined ? {} : { from: filters.from }),
      ...(versus.to === undefined ? {} : { to: filters.to }),
      ...(versus.text === undefined ? {} : { text: filters.text }),
    },
  };
}

/**
 * The new values of a dimension. On side b they replace those of the comparison where it is
 * about this dimension; other filters are common to both sides.
 */
export function withValues(
  filters: Filters,
  dimension: string,
  chosen: readonly string[],
  side: Side = 'a',
): Filters {
  const values = clean(chosen);
  const { versus } = filters;
  if (side === 'b' && versus?.values[dimension] !== undefined) {
    return { ...filters, versus: { ...versus, values: { ...versus.values, [dimension]: values } } };
  }
  const rest = { ...filters.values };
  delete rest[dimension];
  return { ...filters, values: values.length === 0 ? rest : { ...rest, [dimension]: values } };
}

export function valuesOf(filters: Filters, dimension: string, side: Side = 'a'): readonly string[] {
  const replaced = side === 'b' ? filters.versus?.values[dimension] : undefined;
  return replaced ?? filters.values[dimension] ?? [];
}

/** The comparison without one of its differences; without any it is none. */
export function withoutVersus(filters: Filters, difference: VersusPart): Filters {
  if (filters.versus === null) return filters;
  const { values, from, to, text } = filters.versus;
  const kept = Object.entries(values).filter(
    ([dimension]) => !(difference.kind === 'dimension' && difference.name === dimension),
  );
  const versus: Versus = {
    values: Object.fromEntries(kept),
    ...(difference.kind === 'period'
      ? {}
      : { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }),
    ...(difference.kind === 'text' || text === undefined ? {} : { text }),
  };
  const none = kept.length === 0 && Object.keys(versus).length === 1;
  return { ...filters, versus: none ? null : versus };
}

export type VersusPart =
  { kind: 'dimension'; name: string } | { kind: 'period' } | { kind: 'text' };

/** Whether nothing is filtered; a pinned build and a grain filter nothing. */
export function isUnfiltered({ values, from, to, text, versus }: Filters): boolean {
  return (
    Object.keys(values).length === 0 &&
    from === null &&
    to === null &&
    text === '' &&
    versus === null
  );
}

/** A day that exists, or null. */
export function day(text: string | null): string | null {
  if (text === null || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const time = Date.parse(`${text}T00:00:00Z`);
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text) return null;
  return text;
}

/** A text to search for as the API takes it. */
export function searchText(text: string | null): string {
  return [...(text ?? '').trim()].slice(0, TEXT_LIMIT).join('').trim();
}

function writePlain(filters: PlainFilters, dimensions: readonly string[]): URLSearchParams {
  const params = new URLSearchParams();
  for (const dimension of dimensions) {
    for (const value of filters.values[dimension] ?? []) params.append(dimension, value);
  }
  if (filters.from !== null) params.set('from', filters.from);
  if (filters.to !== null) params.set('to', filters.to);
  if (filters.text !== '') params.set('q', filters.text);
  return params;
}

function readValues(
  params: URLSearchParams,
  dimensions: readonly string[],
): Record<string, readonly string[]> {
  const values: Record<string, readonly string[]> = {};
  for (const dimension of dimensions) {
    const chosen = clean(params.getAll(dimension));
    if (chosen.length > 0) values[dimension] = chosen;
  }
  return values;
}

function readVersus(params: URLSearchParams, dimensions: readonly string[]): Versus | null {
  const values: Record<string, readonly string[]> = {};
  for (const dimension of dimensions) {
    const name = `vs.${dimension}`;
    if (params.has(name)) values[dimension] = clean(params.getAll(name));
  }
  const from = versusDay(params.get('vs.from'));
  const to = versusDay(params.get('vs.to'));
  const text = params.get('vs.q');
  const versus: Versus = {
    values,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(text === null ? {} : { text: searchText(text) }),
  };
  const nothing = Object.keys(values).length === 0 && Object.keys(versus).length === 1;
  return nothing ? null : versus;
}

/** An empty day takes the limit away; a bad one is not there. */
function versusDay(text: string | null): string | null | undefined {
  if (text === null) return undefined;
  return text === '' ? null : (day(text) ?? undefined);
}

function clean(values: readonly string[]): string[] {
  const kept = values.filter((value) => value !== '' && value.length <= VALUE_LIMIT);
  return [...new Set(kept)].slice(0, VALUES_LIMIT);
}

/** A period ends after it begins. */
export function inOrder(from: string | null, to: string | null): [string | null, string | null] {
  return from !== null && to !== null && from > to ? [to, from] : [from, to];
}

/** A period of the second selection, part of which may be the first one's. */
function inOrderWith(
  first: Pick<PlainFilters, 'from' | 'to'>,
  versus: Versus | null,
): Versus | null {
  const { from = first.from, to = first.to } = versus ?? {};
  if (versus === null || from === null || to === null || from <= to) return versus;
  return { ...versus, from: to, to: from };
}

function buildNumber(text: string | null): number | null {
  return text !== null && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
}
