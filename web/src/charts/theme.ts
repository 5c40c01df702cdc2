// The design tokens as values for charts, which draw outside of CSS.

export interface ChartTheme {
  /** Resolved colours by the token's name without dashes in front. */
  colour: Record<ChartColour, string>;
  fontFamily: string;
  /** Pixels of one rem: chart distances scale with the type. */
  rem: number;
}

export const CHART_COLOURS = [
  'surface',
  'ink',
  'ink-soft',
  'line',
  'line-strong',
  'accent',
  'role-datajob',
  'role-de',
  'role-da',
  'role-ds',
  'role-web_back',
  'role-web_front',
  'role-embedded',
  'role-security',
  'exp-entry',
  'exp-either',
  'exp-any',
  'exp-experienced',
  'part',
  'rest',
  'series-1',
  'series-2',
  'series-3',
  'series-4',
  'series-5',
  'series-6',
  'side-a',
  'side-b',
  'ramp-1',
  'ramp-2',
  'ramp-3',
  'ramp-4',
  'ramp-5',
  'ramp-none',
  'gap',
  'interval-fill',
] as const;
export type ChartColour = (typeof CHART_COLOURS)[number];

/** What an option builder needs to know of the place a chart is drawn in. */
export interface ChartEnvironment {
  theme: ChartTheme;
  /** Pixels. */
  width: number;
  /** Less room than columns with names under them need: about 35 rem. */
  narrow: boolean;
  /** Room for several columns of a chart side by side: more than about 60 rem. */
  wide: boolean;
  /** The room of a phone: less than about 26 rem. */
  tight: boolean;
  /** The reader asked for less motion. */
  still: boolean;
}

let last: { key: string; theme: ChartTheme } | null = null;

/**
 * The tokens that hold inside `element`, read again only when `scheme` or the type size (`rem` pixels)
 * differ from the last ones: to read them makes the browser reckon all styles. Must run in a browser,
 * after styles are applied.
 */
export function readTheme(element: Element, scheme: string, rem: number): ChartTheme {
  const key = `${scheme} ${rem}`;
  if (last?.key !== key) last = { key, theme: resolve(element, rem) };
  return last.theme;
}

function resolve(element: Element, rem: number): ChartTheme {
  // Custom properties come back as written (`light-dark(…)`); only a used colour is resolved.
  const probe = document.createElement('span');
  probe.hidden = true;
  probe.style.setProperty('forced-color-adjust', 'none');
  element.append(probe);
  try {
    const colour = Object.fromEntries(
      CHART_COLOURS.map((name) => {
        probe.style.color = `var(--${name})`;
        return [name, getComputedStyle(probe).color];
      }),
    ) as Record<ChartColour, string>;
    // ECharts writes it into attributes between double quotes, and does not escape it.
    const fontFamily = getComputedStyle(element).fontFamily.replaceAll('"', "'");
    return { colour, fontFamily, rem };
  } finally {
    probe.remove();
  }
}
