// Which dimensions have a button of their own in the filter bar, and in which groups the others are.
// A dimension that this page does not know is in the last group.

/** The most used ones, in the order of the bar. */
const DIRECT: readonly string[] = ['role', 'experience', 'newcomers', 'province', 'skill'];

const GROUPS = [
  { key: 'posting', dimensions: ['status', 'source'] },
  { key: 'terms', dimensions: ['education', 'employment_type'] },
  { key: 'company', dimensions: ['industry_category', 'industry'] },
  { key: 'place', dimensions: ['district'] },
] as const satisfies readonly { key: string; dimensions: readonly string[] }[];

export interface Group {
  key: (typeof GROUPS)[number]['key'] | 'other';
  dimensions: readonly string[];
}

export interface Grouped {
  direct: readonly string[];
  /** Without empty groups. */
  groups: readonly Group[];
}

export function grouped(offered: readonly string[]): Grouped {
  const among = (names: readonly string[]) => names.filter((name) => offered.includes(name));
  const known = [...DIRECT, ...GROUPS.flatMap(({ dimensions }): readonly string[] => dimensions)];
  const groups: Group[] = [
    ...GROUPS.map(({ key, dimensions }) => ({ key, dimensions: among(dimensions) })),
    { key: 'other', dimensions: offered.filter((name) => !known.includes(name)) },
  ];
  return {
    direct: among(DIRECT),
    groups: groups.filter(({ dimensions }) => dimensions.length > 0),
  };
}
