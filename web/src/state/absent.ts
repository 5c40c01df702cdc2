// What the sources of a build do not provide at all, as its answers say it.

/** In the order in which they are named. */
export const OPTIONAL = ['company', 'views', 'applications'] as const;
export type Optional = (typeof OPTIONAL)[number];

/** The columns that no posting of the build has a value of; none while there is no answer. */
export function absentOf(
  answer: { not_provided: readonly string[] } | null | undefined,
): readonly Optional[] {
  return OPTIONAL.filter((column) => answer?.not_provided.includes(column) === true);
}
