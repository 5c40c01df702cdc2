// What a page asks for, in one request.
import type { PageDefinition } from '../api/types';

/** What blocks show figures of, by their names (blocks.ts). */
const OF_BLOCKS: Readonly<Record<string, readonly string[]>> = {
  figures: [
    'postings',
    'data_jobs',
    'data_job_share',
    'entry_share',
    'mean_minimum_years',
    'mean_minimum_years_experienced',
    'active_postings',
    'assumed_active_postings',
  ],
};

/** The tiles of its cells and of its blocks, each once. */
export function tilesOf({ rows }: Pick<PageDefinition, 'rows'>): string[] {
  const names = rows
    .flat()
    .flatMap(({ block, tiles }) => [
      ...(OF_BLOCKS[block ?? ''] ?? []),
      ...tiles.map(({ name }) => name),
    ]);
  return [...new Set(names)];
}
