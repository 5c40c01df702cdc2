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
  'interval-fill',
  'role-de',
  'role-da',
  'role-ds',
  'exp-experienced',
  'exp-open',
  'exp-entry',
  'part',
  'rest',
] as const;
export type ChartColour = (typeof CHART_COLOURS)[number];

/** What an option builder needs to know of the place a chart is drawn in. */
export interface ChartEnvironment {
  theme: ChartTheme;
  /** Less room than columns with names under them need: about 35 rem. */
  narrow: boolean;
  /** The room of a phone: less than about 26 rem. */
  tight: boolean;
  /** The reader asked for less motion. */
  still: boolean;
}

/** Reads the tokens that hold inside `element`. Must run in a browser, after styles are applied. */
export function readTheme(element: Element): ChartTheme {
  // Custom properties come back as written (`light-dark(…)`); only a used colour is resolved.
  const probe = document.createElement('span');
  probe.hidden = true;
  element.append(probe);
  try {
    const colour = Object.fromEntries(
      CHART_COLOURS.map((name) => {
        probe.style.color = `var(--${name})`;
        return [name, getComputedStyle(probe).color];
      }),
    ) as Record<ChartColour, string>;
    return {
      colour,
      fontFamily: getComputedStyle(element).fontFamily,
      rem: parseFloat(getComputedStyle(document.documentElement).fontSize),
    };
  } finally {
    probe.remove();
  }
}
