// Postings opened, closed or active over time: of the whole selection, or by role. Postings without an
// end that are only assumed to be active stand apart, as a dashed line above.
import type { FlowTile, Grain } from '../../api/types';
import { ENOUGH_COVERAGE } from '../../shell/data-date';
import { chosenAmong, isDimmed, type Chosen } from '../chosen';
import { colourAmong } from '../colours';
import { dayNumber, lastDayOf, periodLabels, periodText, koreanDay } from '../days';
import { linesDrawing, linesTable, type LinesInput, type TimeLine } from '../lines/option';
import type { LegendEntry } from '../legend';
import type { DetailLine, Drawing } from '../option';
import type { TableView } from '../table';
import type { ChartColour, ChartEnvironment } from '../theme';
import type { Words } from '../words';

export const FLOW_MEASURES = ['opened', 'closed', 'active'] as const;
export type FlowMeasure = (typeof FLOW_MEASURES)[number];

const COLOURS: Record<FlowMeasure, ChartColour> = {
  opened: 'series-3',
  closed: 'series-2',
  active: 'series-1',
};

/** What is read later than this is what was left. */
const LATE_DAYS = 7;

/** Why a figure says less than it seems to: nobody knows what was read, it was read late, or little was. */
export const DOUBTS = ['saved', 'late', 'thin'] as const;
export type Doubt = (typeof DOUBTS)[number];

/** Name of the series of all postings. */
const ALL = 'it';

export interface FlowInput {
  tile: FlowTile;
  grain: Grain;
  measure: FlowMeasure;
  /** A line per value of `by`, instead of one of all postings. */
  split: boolean;
  by: string;
  chosen: Chosen;
  max: number | undefined;
  /** The last day of the axis: the last period may end before its time. */
  lastDay: string | null;
  /** The day that collection has not reached the end of. */
  running: string | null;
}

export function flowDrawing(
  input: FlowInput,
  words: Words,
  environment: ChartEnvironment,
): Drawing {
  return linesDrawing(
    { ...flowLines(input, words), choosable: true, endLabels: true },
    environment,
  );
}

/** All measures of what is shown, one row per period. */
export function flowTable(input: FlowInput, words: Words): TableView {
  const measures = input.split ? [input.measure] : FLOW_MEASURES;
  const { moments, format } = flowLines(input, words);
  const lines = measures.flatMap((measure) => flowLines({ ...input, measure }, words).lines);
  return linesTable({ moments, lines, format }, words.locale.t('flow.period'));
}

/** What is to be doubted of a period's figures; null where nothing is, and where there are none. */
export function doubtOf(tile: FlowTile, measure: FlowMeasure, index: number): Doubt | null {
  const all = tile.series.find(({ value }) => value === ALL);
  if ((all?.[measure][index] ?? null) === null) return null;
  if ((tile.coverage[index] ?? null) === null) return 'saved';
  if ((tile.read_after_days[index] ?? 0) > LATE_DAYS) return 'late';
  const before = tile.active_coverage[index] ?? null;
  return measure === 'active' && before !== null && before < ENOUGH_COVERAGE ? 'thin' : null;
}

/** All doubts about what is shown. */
export function doubtsOf(tile: FlowTile, measure: FlowMeasure): Doubt[] {
  const found = new Set(tile.dates.map((_, index) => doubtOf(tile, measure, index)));
  return DOUBTS.filter((doubt) => found.has(doubt));
}

/** The spans of doubtful periods. */
function mutedSpans(tile: FlowTile, measure: FlowMeasure): [from: number, to: number][] {
  const spans: [number, number][] = [];
  for (const index of tile.dates.keys()) {
    if (doubtOf(tile, measure, index) === null) continue;
    const last = spans.at(-1);
    if (last?.[1] === index) last[1] = index + 1;
    else spans.push([index, index + 1]);
  }
  return spans;
}

/** Whether a period was not collected to its end. */
function isPartial(input: FlowInput, index: number): boolean {
  const first = input.tile.dates[index];
  if (first === undefined) return false;
  const to = periodOf(input, index)?.to ?? '';
  return to === input.running || to < lastDayOf(first, input.grain);
}

/** The data date, where collection ended within it: both as the answer says them. */
export function runningDay(through: string | null, lastDay: string | null): string | null {
  if (through === null || lastDay === null) return null;
  return koreanDay(through) === lastDay ? lastDay : null;
}

/** The lines of the chart, and the dashes of a period that is not over. */
export function flowLegend(input: FlowInput, words: Words): LegendEntry[] {
  const { lines, partial } = flowLines(input, words);
  const entries = lines.map(({ name, colour, dashed }): LegendEntry => ({
    label: name,
    colour,
    dashed: dashed === true,
  }));
  if (partial === true) {
    entries.push({ label: words.locale.t('flow.partial'), colour: 'rest', dashed: true });
  }
  for (const doubt of doubtsOf(input.tile, input.measure)) {
    entries.push({ label: words.locale.t(`flow.doubt.${doubt}`), colour: 'gap', pale: true });
  }
  return entries;
}

/** First and last day of a period. */
export function periodOf(
  { tile, grain, lastDay }: Pick<FlowInput, 'tile' | 'grain' | 'lastDay'>,
  index: number,
): { from: string; to: string } | null {
  const from = tile.dates[index];
  if (from === undefined) return null;
  const to = lastDayOf(from, grain);
  return { from, to: lastDay !== null && lastDay < to && lastDay >= from ? lastDay : to };
}

export function flowLines(input: FlowInput, words: Words): LinesInput {
  const { tile, grain, split, by, measure } = input;
  const chosen = chosenAmong(input.chosen, { [by]: tile.series.map(({ value }) => value) });
  const { locale } = words;
  const labels = periodLabels(tile.dates, grain, locale);
  const gaps = tile.gaps
    .map(([from, to]) => gapSpan(input, from, to))
    .filter((span) => span !== null);
  return {
    moments: tile.dates.map((date, index) => {
      const { to } = periodOf(input, index) ?? { to: date };
      return {
        label: labels[index] ?? '',
        title: periodText(date, to, grain, locale),
        notes: [
          ...gapNote(tile, date, to, words),
          ...doubtNote(doubtOf(tile, measure, index), words),
          ...(isPartial(input, index) ? [{ label: locale.t('flow.partial'), value: '' }] : []),
        ],
      };
    }),
    lines: tile.series
      .filter(({ value }) => (value === ALL) !== split)
      .flatMap((series, index): TimeLine[] => {
        const marks = [{ dimension: by, value: series.value }];
        const all = series.value === ALL;
        const colour = all ? COLOURS[measure] : colourAmong(by, series.value, index);
        const name = all ? locale.t(`flow.measure.${measure}`) : words.label(by, series.value);
        const line: TimeLine = {
          id: all ? measure : series.value,
          name,
          colour,
          values: series[measure],
          dimmed: !all && isDimmed(chosen, marks),
          ...(all ? {} : { marks }),
        };
        if (measure !== 'active' || !all) return [line];
        const assumed: TimeLine = {
          id: 'assumed',
          name: locale.t('flow.assumed'),
          colour,
          dashed: true,
          values: series.assumed,
        };
        return [line, assumed];
      }),
    gaps,
    muted: mutedSpans(tile, measure),
    partial: measure !== 'active' && isPartial(input, tile.dates.length - 1),
    format: locale.number,
    counts: true,
    ...(input.max === undefined ? {} : { max: input.max }),
  };
}

/** Where a span of days lies on the axis, in periods; null where it lies beside it. */
export function gapSpan(
  { tile, grain }: Pick<FlowInput, 'tile' | 'grain'>,
  from: string,
  to: string,
): readonly [number, number] | null {
  const { dates } = tile;
  const position = (day: number): number => {
    const index = dates.findLastIndex((date) => dayNumber(date) <= day);
    const first = dates[index];
    if (first === undefined) return 0;
    const length = dayNumber(lastDayOf(first, grain)) + 1 - dayNumber(first);
    return index + Math.min(1, (day - dayNumber(first)) / length);
  };
  const span = [position(dayNumber(from)), position(dayNumber(to) + 1)] as const;
  return span[1] > span[0] ? span : null;
}

function doubtNote(doubt: Doubt | null, { locale }: Words): DetailLine[] {
  if (doubt === null) return [];
  return [{ label: locale.t(`flow.doubt.${doubt}`), value: '', colour: 'gap' }];
}

/** How many days of a period collection did not cover. */
function gapNote(tile: FlowTile, from: string, to: string, words: Words): DetailLine[] {
  const days = tile.gaps.reduce((sum, [first, last]) => {
    const overlap =
      Math.min(dayNumber(last), dayNumber(to)) - Math.max(dayNumber(first), dayNumber(from)) + 1;
    return sum + Math.max(0, overlap);
  }, 0);
  if (days === 0) return [];
  return [
    {
      label: words.locale.t('flow.gap'),
      value: words.locale.t('flow.gap.days', { n: words.locale.number(days) }),
      colour: 'gap',
    },
  ];
}
