// Days for the period of a selection. A day is text, YYYY-MM-DD; reckoning is done in UTC so that no
// time zone moves it.

export const PRESETS = ['days30', 'days90', 'months12', 'year', 'all'] as const;
export type Preset = (typeof PRESETS)[number];

export interface Period {
  from: string | null;
  to: string | null;
}

/** The period up to and including `last`, the last day of the data; its end is left open. */
export function presetPeriod(preset: Preset, last: string): Period {
  return { from: firstDay(preset, last), to: null };
}

/** The preset that a period is, or null. */
export function presetOf({ from, to }: Period, last: string): Preset | null {
  if (to !== null) return null;
  return PRESETS.find((preset) => firstDay(preset, last) === from) ?? null;
}

function firstDay(preset: Preset, last: string): string | null {
  const date = new Date(`${last}T00:00:00Z`);
  switch (preset) {
    case 'all':
      return null;
    case 'days30':
      date.setUTCDate(date.getUTCDate() - 29);
      break;
    case 'days90':
      date.setUTCDate(date.getUTCDate() - 89);
      break;
    case 'months12':
      // The day after the one a year before: 29 February has none, 1 March follows it.
      date.setUTCFullYear(date.getUTCFullYear() - 1);
      date.setUTCDate(date.getUTCDate() + 1);
      break;
    case 'year':
      date.setUTCMonth(0, 1);
  }
  return date.toISOString().slice(0, 10);
}
