// What to leave out of a choice that nothing matches: each dimension as a whole, because its values are
// alternatives, the period, the text.
import type { Client } from '../api/client';
import {
  sideFilters,
  withoutVersus,
  withValues,
  writeFilters,
  type Filters,
  type Side,
  type VersusPart,
} from '../state/filters';

export interface WayOut {
  key: string;
  part: VersusPart;
  /** Of the dimension that is left out. */
  values: readonly string[];
  /** Everything chosen but this. */
  without: Filters;
  /** Postings that there are then. */
  postings: number;
}

/** A tile of one figure: asked for because an answer tells how many postings are chosen. */
const TILE = 'postings';
/** More ways out than these are none. */
const MOST = 6;

/** Those that lead to postings, most of them first. */
export async function waysOut(
  filters: Filters,
  side: Side,
  dimensions: readonly string[],
  client: Pick<Client, 'tiles'>,
  signal: AbortSignal,
): Promise<WayOut[]> {
  const counted = await Promise.all(
    parts(filters, side).map(async (way) => {
      const query = writeFilters(sideFilters(way.without, side), dimensions);
      const { selections } = await client.tiles([TILE], query, signal);
      return { ...way, postings: selections[0]?.postings ?? 0 };
    }),
  );
  return counted
    .filter(({ postings }) => postings > 0)
    .sort((a, b) => b.postings - a.postings)
    .slice(0, MOST);
}

/** Everything that one side is chosen by. */
export function parts(filters: Filters, side: Side): Omit<WayOut, 'postings'>[] {
  const own = sideFilters(filters, side);
  const { versus } = side === 'b' ? filters : { versus: null };
  const all: Omit<WayOut, 'postings'>[] = Object.entries(own.values).map(([name, values]) => {
    const part = { kind: 'dimension', name } as const;
    const differs = versus?.values[name] !== undefined;
    const without = differs ? withoutVersus(filters, part) : withValues(filters, name, []);
    return { key: `${side} ${name}`, part, values, without };
  });
  if (own.from !== null || own.to !== null) {
    const part = { kind: 'period' } as const;
    const differs = versus?.from !== undefined || versus?.to !== undefined;
    const without = differs ? withoutVersus(filters, part) : { ...filters, from: null, to: null };
    all.push({ key: `${side} period`, part, values: [], without });
  }
  if (own.text !== '') {
    const part = { kind: 'text' } as const;
    const without =
      versus?.text === undefined ? { ...filters, text: '' } : withoutVersus(filters, part);
    all.push({ key: `${side} text`, part, values: [], without });
  }
  return all;
}
