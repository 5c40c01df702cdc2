// A place to draw in, and a look at what was drawn, for tests of option builders.
import { init } from './echarts';
import { CHART_COLOURS, type ChartColour, type ChartEnvironment } from './theme';
import type { Drawing } from './option';

export function testEnvironment(overrides: Partial<ChartEnvironment> = {}): ChartEnvironment {
  const colour = Object.fromEntries(
    CHART_COLOURS.map((name, index) => [name, `#0000${10 + index}`]),
  );
  return {
    theme: { colour: colour as Record<ChartColour, string>, fontFamily: 'test', rem: 16 },
    narrow: false,
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
  type Params = Parameters<typeof formatter>[0];
  return (series.data as unknown[]).map((_, dataIndex) => formatter({ dataIndex } as Params));
}

export function list<T>(value: T | T[] | undefined): T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
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
