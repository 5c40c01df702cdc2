// The postings behind a figure, as filters: what is chosen on its side, what the tile counts only, and
// what the mark stands for. Values of one dimension are alternatives, so a mark takes the place of other
// chosen values of its own dimension: of postings that have both, the link shows more than the mark counts.
import type { Marks, MarkValue } from '../charts/chosen';
import { sideFilters, withValues, type Filters, type Side } from '../state/filters';

/** `where` of the tiles in pipeline/tiles.toml, as a value of a dimension of its own. */
const DATA_JOB: MarkValue = { dimension: 'data_job', value: '데이터 직무' };
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
