// A place to draw in, and a look at what was drawn, for tests of option builders.
import { init } from './echarts-bars';
import './echarts-lines';
import { createLocale } from '../i18n/locale';
import { CHART_COLOURS, type ChartColour, type ChartEnvironment } from './theme';
import type { Drawing } from './option';
import type { Words } from './words';

export function testEnvironment(overrides: Partial<ChartEnvironment> = {}): ChartEnvironment {
  const colour = Object.fromEntries(
    CHART_COLOURS.map((name, index) => [name, `#0000${10 + index}`]),
  );
  return {
    theme: { colour: colour as Record<ChartColour, string>, fontFamily: 'test', rem: 16 },
    width: 900,
    narrow: false,
    wide: false,
    tight: false,
    still: false,
    ...overrides,
  };
}

/** The data of a drawing's series, by the series' id. */
export function seriesData({ option }: Drawing): Record<string, unknown[]> {
  return Object.fromEntries(list(option.series).map(({ id, data }) => [id, data as unknown[]]));
}

/** The texts that a drawing writes at the bars of one series. */
export function seriesLabels({ option }: Drawing, id: string): string[] {
  const series = list(option.series).find((candidate) => candidate.id === id);
  const formatter = series?.label?.formatter;
  if (series === undefined || typeof formatter !== 'function') return [];
  const text = formatter as (params: { dataIndex: number }) => string;
  return (series.data as unknown[]).map((_, dataIndex) => text({ dataIndex }));
}

export function list<T>(value: T | T[] | undefined): T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** Labels as definitions give them, for tests. */
export function testWords(
  language: 'ko' | 'en' = 'ko',
  labels: Record<string, string> = {},
): Words {
  const named = (value: string) => (Object.hasOwn(labels, value) ? labels[value] : null) ?? value;
  return {
    locale: createLocale(language),
    label: (_, value) => named(value),
    dimensionLabel: named,
  };
}

/** Every text of the drawing, as ECharts writes it. */
export function drawnTexts({ option }: Drawing): string[] {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 900, height: 600 });
  try {
    chart.setOption({ ...option, animation: false });
    const texts = chart.renderToSVGString().matchAll(/<text[^>]*>([^<]*)<\/text>/g);
    return [...texts].map(([, text]) => text ?? '');
  } finally {
    chart.dispose();
  }
}
