// Which colour stands for which value. A value keeps its colour on every page.
import type { ChartColour } from './theme';

const FIXED: Record<string, Record<string, ChartColour>> = {
  role: {
    datajob: 'role-datajob',
    de: 'role-de',
    da: 'role-da',
    ds: 'role-ds',
    web_back: 'role-web_back',
    web_front: 'role-web_front',
    embedded: 'role-embedded',
    security: 'role-security',
  },
  experience: {
    신입: 'exp-entry',
    '신입/경력': 'exp-either',
    경력무관: 'exp-any',
    경력: 'exp-experienced',
  },
  data_job: { '데이터 직무': 'part', '그 밖의 IT 직무': 'rest' },
  newcomers: { '신입 지원 가능': 'part', '경력 필요': 'rest' },
};

export const SERIES_COLOURS = [
  'series-1',
  'series-2',
  'series-3',
  'series-4',
  'series-5',
  'series-6',
] as const satisfies readonly ChartColour[];

/** The colour of a series by its place; beyond the sixth they come again. */
export function seriesColour(index: number): ChartColour {
  return SERIES_COLOURS[index % SERIES_COLOURS.length] ?? 'part';
}

/** The colour of a value that stands by itself: its own one, or that of all bars. */
export function ownColour(dimension: string, value: string): ChartColour {
  return fixed(dimension, value) ?? 'part';
}

/** The colour of a value that is one of several series. */
export function colourAmong(dimension: string, value: string, index: number): ChartColour {
  return fixed(dimension, value) ?? seriesColour(index);
}

/** Whether the values of a dimension have colours of their own. */
export function hasColours(dimension: string): boolean {
  return Object.hasOwn(FIXED, dimension);
}

function fixed(dimension: string, value: string): ChartColour | undefined {
  const colours = Object.hasOwn(FIXED, dimension) ? FIXED[dimension] : undefined;
  return colours !== undefined && Object.hasOwn(colours, value) ? colours[value] : undefined;
}
