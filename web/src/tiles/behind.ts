// The postings behind a figure, as filters: what is chosen on its side, what the tile counts only, and
// what the mark stands for. Values of one dimension are alternatives, so a mark takes the place of other
// chosen values of its own dimension: of postings that have both, the link shows more than the mark counts.
import type { TileDefinition, Values } from '../api/types';
import type { Marks, MarkValue } from '../charts/chosen';
import { sideFilters, valuesOf, withValues, type Filters, type Side } from '../state/filters';

/** The dimension that says of a posting whether it is of one of the roles of data jobs. */
export const DATA_JOB: MarkValue = { dimension: 'data_job', value: '데이터 직무' };

/** Whether a tile counts the postings of data jobs only. */
export function ofDataJobs(tile: Pick<TileDefinition, 'where'> | undefined): boolean {
  return isDataJobs('role', tile?.where.role ?? []);
}

const isDataJobs = (dimension: string, values: readonly string[]) =>
  dimension === 'role' && values.length === 1 && values[0] === 'datajob';

/** `where`: what the tile counts only. */
export function behind(
  filters: Filters,
  side: Side,
  where: Values = {},
  marks: Marks = [],
): Filters {
  const own = Object.entries(where).map(([dimension, values]) =>
    // Whoever chose a role has its data jobs by the dimension that says nothing else.
    isDataJobs(dimension, values)
      ? { dimension: DATA_JOB.dimension, values: [DATA_JOB.value] }
      : { dimension, values },
  );
  const marked = marks.map(({ dimension, value }) => ({ dimension, values: [value] }));
  return [...own, ...marked].reduce(
    (narrowed, { dimension, values }) => withValues(narrowed, dimension, values),
    sideFilters(filters, side),
  );
}

/**
 * The postings that a figure counts among those of its side: `counts` of its measure, values by
 * dimension. Null where they cannot be chosen, or none are left.
 */
export function counted(filters: Filters, side: Side, counts: Values): Filters | null {
  let narrowed = sideFilters(filters, side);
  for (const [dimension, wanted] of Object.entries(counts)) {
    if (isDataJobs(dimension, wanted)) {
      narrowed = withValues(narrowed, DATA_JOB.dimension, [DATA_JOB.value]);
      continue;
    }
    const chosen = valuesOf(narrowed, dimension);
    const both = chosen.length === 0 ? wanted : wanted.filter((value) => chosen.includes(value));
    if (both.length === 0) return null;
    narrowed = withValues(narrowed, dimension, both);
  }
  return narrowed;
}
