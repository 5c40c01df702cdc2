// The postings behind a figure, as filters: what is chosen on its side, what the tile counts only, and
// what the mark stands for. Values of one dimension are alternatives, so a mark takes the place of other
// chosen values of its own dimension: of postings that have both, the link shows more than the mark counts.
import type { Marks, MarkValue } from '../charts/chosen';
import { sideFilters, valuesOf, withValues, type Filters, type Side } from '../state/filters';

/** `where` of the tiles in pipeline/tiles.toml, as a value of a dimension of its own. */
export const DATA_JOB: MarkValue = { dimension: 'data_job', value: '데이터 직무' };
export const OF_DATA_JOBS: readonly string[] = [
  'data_role_ratio',
  'data_keywords',
  'roles_by_industry',
  'data_job_provinces',
  'data_job_seoul_districts',
];

export function behind(filters: Filters, side: Side, tile: string, marks: Marks = []): Filters {
  const within = OF_DATA_JOBS.includes(tile) ? [DATA_JOB] : [];
  return [...within, ...marks].reduce(
    (narrowed, { dimension, value }) => withValues(narrowed, dimension, [value]),
    sideFilters(filters, side),
  );
}

/**
 * The postings that a figure counts among those of its side: `counts` of its measure, values by
 * dimension. Null where they cannot be chosen, or none are left.
 */
export function counted(
  filters: Filters,
  side: Side,
  counts: Readonly<Record<string, readonly string[]>>,
): Filters | null {
  let narrowed = sideFilters(filters, side);
  for (const [dimension, wanted] of Object.entries(counts)) {
    // Whoever chose a role has its data jobs by the dimension that says nothing else.
    if (dimension === 'role' && wanted.length === 1 && wanted[0] === 'datajob') {
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
