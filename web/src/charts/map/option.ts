// Regions coloured by their number of postings, in five steps that each begin at about three times the one
// before: places of work are so uneven that even steps would leave all but one region pale. The region
// with the most has the last step for itself where a round number is between it and the next. Values
// without a shape (nationwide) are not on the map; the table has them.
import type { Group, GroupsTile } from '../../api/types';
import { chosenAmong, isChosen, isDimmed, type Chosen, type Marks } from '../chosen';
import { baseOption, px, type Detail, type Drawing } from '../option';
import { intervalText, rankText } from '../share-text';
import type { ChartColour, ChartEnvironment } from '../theme';
import type { Words } from '../words';
import type { Area } from './shapes';

export const RAMP = ['ramp-1', 'ramp-2', 'ramp-3', 'ramp-4', 'ramp-5'] as const;

export interface MapInput {
  tile: GroupsTile;
  area: Area;
  /** Dimension of the regions. */
  by: string;
  chosen: Chosen;
  /** Values and middles of all regions that have a shape. */
  regions: readonly { value: string; at: [number, number] }[];
  /** Lower ends of the steps, rising; the same for both sides of a comparison. */
  steps: readonly number[];
}

/**
 * Lower ends of five steps for counts of up to `max`: 1, and of the numbers 1, 3, 10, 30, 100 … the four that
 * end where the highest counts still have a step of their own. Small counts have steps of one. `second`
 * is the next highest count.
 */
export function stepsTo(max: number, second = 0): number[] {
  const last = Math.floor(2 * Math.log10(Math.max(1, max / Math.sqrt(3))) + 1e-9);
  const steps = [1];
  for (const step of [last - 3, last - 2, last - 1, last]) {
    const end = (step % 2 === 0 ? 1 : 3) * 10 ** Math.floor(step / 2);
    steps.push(Math.max((steps.at(-1) ?? 0) + 1, end));
  }
  const apart = roundAbove(second);
  if (second < (steps.at(-1) ?? 0) || apart > max) return steps;
  return [1, ...steps.slice(2), apart];
}

/** The two highest counts of the tile that has the highest one. */
export function highest(tiles: readonly Pick<GroupsTile, 'rows'>[]): [max: number, second: number] {
  const tops = tiles.map(({ rows }): [number, number] => {
    const [first = 0, second = 0] = rows.map(({ count }) => count).sort((a, b) => b - a);
    return [first, second];
  });
  return tops.reduce((top, one) => (one[0] > top[0] ? one : top), [0, 0]);
}

/** The first of 1, 2, 3, 5, 10, 20 … above a number. */
function roundAbove(number: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, number)));
  return power * ([1, 2, 3, 5].find((digit) => digit * power > number) ?? 10);
}

/** Position of the step that a count is in; -1 where there is nothing to count. */
function stepOf(count: number, steps: readonly number[]): number {
  return count < 1 ? -1 : steps.findLastIndex((from) => count >= from);
}

export function stepColour(count: number, steps: readonly number[]): ChartColour {
  return RAMP[stepOf(count, steps)] ?? 'ramp-none';
}

/** The steps in words, from few to many. */
export function stepTexts(steps: readonly number[], { locale }: Words): string[] {
  return steps.map((from, index) => {
    const next = steps[index + 1];
    const low = locale.number(from);
    if (next === undefined) return `${low}+`;
    return next - 1 === from ? low : `${low}–${locale.number(next - 1)}`;
  });
}

/** Groups without a shape. */
export function beside({ tile, regions }: Pick<MapInput, 'tile' | 'regions'>): Group[] {
  return tile.rows.filter(
    ({ value, absent }) =>
      absent === undefined && regions.every((region) => region.value !== value),
  );
}

export function mapDrawing(input: MapInput, words: Words, environment: ChartEnvironment): Drawing {
  const { tile, area, by, regions, steps } = input;
  const chosen = chosenAmong(input.chosen, { [by]: regions.map(({ value }) => value) });
  const { theme, tight } = environment;
  // Largest first, as in the table: so the keyboard goes through them.
  const order = new Map(
    tile.rows.flatMap((row, index) =>
      row.absent === undefined ? [[row.value, { row, index }] as const] : [],
    ),
  );
  const shown = [...regions].sort(
    (a, b) =>
      (order.get(a.value)?.index ?? tile.rows.length) -
      (order.get(b.value)?.index ?? tile.rows.length),
  );
  return {
    option: {
      ...baseOption(environment),
      series: [
        {
          id: 'map',
          type: 'map',
          map: area,
          // A degree of longitude is that much shorter than one of latitude here.
          aspectScale: 0.8,
          preserveAspect: 'contain',
          left: px(theme, 0.25),
          right: px(theme, 0.25),
          top: px(theme, 0.25),
          bottom: px(theme, 0.25),
          selectedMode: false,
          data: shown.map(({ value }) => {
            const count = order.get(value)?.row.count ?? 0;
            const marks: Marks = [{ dimension: by, value }];
            const picked = isChosen(chosen, by, value);
            const areaColor = theme.colour[stepColour(count, steps)];
            const color = theme.colour[onStep(count, steps)];
            return {
              name: value,
              value: count,
              itemStyle: {
                areaColor,
                borderColor: picked ? theme.colour.ink : theme.colour.surface,
                borderWidth: picked ? 2 : 0.75,
                opacity: isDimmed(chosen, marks) ? 0.45 : 1,
              },
              label: {
                show: !(tight && CRAMPED.has(value)),
                color,
              },
              emphasis: { itemStyle: { areaColor }, label: { color } },
            };
          }),
          label: {
            show: true,
            formatter: ({ name }) => shortName(words.label(by, name)),
            fontSize: px(theme, tight ? 0.5625 : 0.6875),
            textBorderColor: 'transparent',
            textBorderWidth: 0,
          },
          emphasis: {
            itemStyle: { borderColor: theme.colour.ink, borderWidth: 1.5 },
            label: { show: true },
          },
        },
      ],
    },
    names: 'map',
    details: shown.map(({ value, at }) => ({
      ...detail(order.get(value)?.row, value, input, words),
      at,
    })),
  };
}

/** Regions whose names are wider than they are, on a map as small as a phone's. */
const CRAMPED = new Set(['서울', '세종특별자치시']);

/** Colour of a name on its region: the ground's or the ink's, whichever is read better. */
function onStep(count: number, steps: readonly number[]): ChartColour {
  return stepOf(count, steps) >= 3 ? 'surface' : 'ink';
}

/** Without the words that every region of a map shares. */
function shortName(name: string): string {
  return name.replace(/^(서울|Seoul) /, '').replace(/특별자치시$/, '');
}

function detail(
  row: Group | undefined,
  value: string,
  { by, steps }: MapInput,
  words: Words,
): Detail {
  const { locale } = words;
  const title = words.label(by, value);
  const marks: Marks = [{ dimension: by, value }];
  if (row === undefined) {
    return {
      title,
      marks,
      lines: [{ label: locale.t('share.count'), value: locale.number(0), colour: 'ramp-none' }],
    };
  }
  return {
    title,
    marks,
    lines: [
      {
        label: locale.t('share.count'),
        value: locale.number(row.count),
        colour: stepColour(row.count, steps),
      },
      { label: locale.t('share.share'), value: locale.percent(row.share) },
      { label: locale.t('share.ci'), value: intervalText(row, locale) },
      { label: locale.t('share.rank'), value: rankText(row.rank, locale) },
    ],
  };
}
