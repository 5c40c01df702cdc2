// Names of files with answers.
import type { QueryFormat } from '../../api/client';
import type { Origin } from '../../api/types';

/** Made-up postings are marked in the name too: a file travels without its page. */
export function queryFileName(build: number, origin: Origin | null, format: QueryFormat): string {
  const demo = origin === 'generated' ? '.demo' : '';
  return `jobtide-query-${build}${demo}.${format}`;
}
