// How tiles are drawn, by the names of `look` in pipeline/tiles.toml. What few pages show is loaded with the
// first tile that needs it; its place is known before.
import type { Component } from 'svelte';
import type { GroupsTile, SeriesDefinition, Tile, TileDefinition, TileShown } from '../api/types';
import type { Marks } from '../charts/chosen';
import CrossLegend from '../charts/cross/Legend.svelte';
import { crossHeight, crossSharesTable, crossTable, type CrossMode } from '../charts/cross/option';
import Cross from '../charts/cross/View.svelte';
import Groups from '../charts/groups/View.svelte';
import { groupsHeight, groupsTable } from '../charts/groups/option';
import type { LegendEntry } from '../charts/legend';
import type { Drawing } from '../charts/option';
import PostingsList from '../charts/PostingsList.svelte';
import type { TableView } from '../charts/table';
import type { ChartEnvironment } from '../charts/theme';
import { FIRST_ROWS } from '../charts/top-keywords/bars';
import TopKeywords from '../charts/top-keywords/View.svelte';
import type { Drawn } from '../series/drawing';
import type * as Looks from '../series/looks';
import type { SeriesRow } from '../series/rows';
import type { App } from '../state/app.svelte';
import type { Side } from '../state/filters';
import { choice } from '../state/url-state.svelte';
import { postingsTable } from './postings';
import type { Shared } from './shared';
import type { TilesView } from './view.svelte';

/** A tile as its page shows it. */
export interface Shown {
  definition: TileDefinition;
  title: string;
  subtitle: string;
  /** Of its two looks the one that the reader chose. */
  look: string;
}

/** What a look needs of the app and the page's answer besides its tile. */
export interface Place {
  shown: Shown;
  view: TilesView;
}

/** Of one side of a comparison. */
export interface BodyProps<T extends Tile> extends Place {
  tile: T;
  side: Side;
  shared: Shared<T>;
}

/** Of tiles of the image of postings. */
export interface AnswerLook<T extends Tile> {
  table: (tile: T, place: Place, app: App) => TableView;
  Body: Component<BodyProps<T>>;
  Legend?: Component<Place & { tile: T }>;
  Controls?: Component;
  /** Names under which the address keeps what the controls choose. */
  kept?: readonly string[];
  subtitle?: (app: App) => string;
  /** Stands under the body. */
  note?: (place: Place, app: App) => string;
}

/** Of tiles of published tables. */
export interface SeriesLook {
  /** `date`: until when the build knows postings; rows are none while they are on the way. */
  read: (
    rows: readonly SeriesRow[],
    series: SeriesDefinition,
    shown: Shown,
    app: App,
    date: string | null,
  ) => Series;
  draw: (data: Drawn, environment: ChartEnvironment) => Drawing;
  height: (data: Drawn) => number;
  narrowHeight?: number;
  parts?: 'bars' | 'lines';
  /** A mark was chosen, which belongs to the name at this position. */
  choose: (marks: Marks, index: number, data: Drawn, app: App) => void;
}

export interface Series {
  data: Drawn;
  /** There is nothing that the tile could show in any period. */
  absent: boolean;
  /** In place of that of the tile. */
  title?: string;
  table: TableView;
  legend: LegendEntry[];
  notes: string[];
  /** The period that is shown, in words, for files. */
  span: string | null;
  /** Until when the data go, where they have ended. */
  until: string | null;
  /** Names of who the figures are from. */
  from: string;
  /** What is chosen beside the period, in words, and its names in the address. */
  chosen: string[];
  kept: string[];
}

interface Common {
  /** Rem of the place that is held meanwhile, with room and without. */
  height: (definition: TileDefinition, narrow: boolean) => number;
  /** The body is a table itself: the figures as a table are for files only. */
  isTable?: boolean;
}
/** Which figures a look gets is known by its kind alone. */
type Any = any;
type Known<Code> = Code | (() => Promise<{ look: Code }>);
type Answer = Common & { kind: Exclude<Tile['kind'], 'value'>; code: Known<AnswerLook<Any>> };
type OfTable = Common & { kind: 'series'; code: () => Promise<{ look: SeriesLook }> };
export type Look = Answer | OfTable;

export const by = ({ definition }: Shown) =>
  [definition.by[0] ?? '', definition.by[1] ?? ''] as const;

/** Language of the names of values where it is not the page's: keywords are as in the source. */
export const namesIn = ({ by }: TileDefinition) => (by[0] === 'skill' ? 'ko' : undefined);

const groups: Pick<AnswerLook<GroupsTile>, 'table'> = {
  table: (tile, { shown }, app) => ({
    ...groupsTable(tile, by(shown)[0], app),
    namesIn: namesIn(shown.definition),
  }),
};

function cross(mode: CrossMode): Answer {
  return {
    kind: 'cross',
    height: ({ expected: [rows = 8, columns = 4] }, narrow) =>
      crossHeight({ tile: { rows: { length: rows }, columns: { length: columns } } }, mode, {
        wide: false,
        narrow,
      }),
    code: {
      Body: Cross,
      Legend: CrossLegend,
      table: (tile, { shown }, app) => {
        const { definition, look } = shown;
        const tableOf =
          look === 'percent' && look !== definition.look ? crossSharesTable : crossTable;
        const sharesOf = definition.shares_of === 'group' ? 'row' : 'tile';
        return tableOf({ tile, by: by(shown), sharesOf, namesIn: namesIn(definition) }, app);
      },
    },
  };
}

function series(height: number, look: (all: typeof Looks) => SeriesLook): OfTable {
  return {
    kind: 'series',
    height: () => height,
    code: async () => ({ look: look(await import('../series/looks')) }),
  };
}

const HEAD_REM = 2.25;
const ROW_REM = 1.875;
const BUTTON_REM = 3;
const POSTING_REM = 3.25;
const map = (definition: TileDefinition) => definition.by[0] === 'district';

export const LOOKS: Readonly<Record<string, Look>> = {
  bars: {
    kind: 'groups',
    height: ({ expected: [rows = 8] }) => groupsHeight(rows),
    code: { ...groups, Body: Groups },
  },
  keywords: {
    kind: 'groups',
    height: () => HEAD_REM + ROW_REM * FIRST_ROWS + BUTTON_REM,
    isTable: true,
    code: { ...groups, Body: TopKeywords },
  },
  map: {
    kind: 'groups',
    height: (definition, narrow) => (map(definition) ? (narrow ? 26 : 30) : narrow ? 32 : 38),
    code: async () => {
      const { default: Body } = await import('../charts/map/Beside.svelte');
      return { look: { ...groups, Body } };
    },
  },
  grouped: cross('grouped'),
  stacked: cross('stacked'),
  percent: cross('percent'),
  multiples: cross('multiples'),
  flow: {
    kind: 'flow',
    height: (_, narrow) => (narrow ? 19 : 24),
    code: () => import('../charts/flow/look'),
  },
  list: {
    kind: 'postings',
    height: ({ expected: [rows = 5] }) => POSTING_REM * rows,
    isTable: true,
    code: { Body: PostingsList, table: (tile, _, app) => postingsTable(tile.rows, app.locale) },
  },
  lines: series(22, ({ lines }) => lines),
  parts: series(19, ({ parts }) => parts),
  rates: series(19, ({ rates }) => rates),
  means: series(14, ({ means }) => means),
};

/** A tile with what its page says and draws in another way. */
export function shownAs(app: App, { name, ...own }: TileShown): Omit<Shown, 'look'> | null {
  const found = app.tile(name);
  if (found === undefined) return null;
  const definition = { ...found, ...own };
  const { language } = app.locale;
  return {
    definition,
    title: definition[`label_${language}`] || name,
    subtitle: definition[`subtitle_${language}`],
  };
}

/** What the reader may choose in a tile of a table. */
export function optionsOf({ name, options }: NonNullable<TileDefinition['choice']>) {
  return choice(
    name,
    options.map(({ value }) => value),
  );
}

/** The option that is chosen; else the first one, and null where there is no choice. */
export function optionOf({ definition }: Pick<Shown, 'definition'>, app: App) {
  const asked = definition.choice && app.url.get(optionsOf(definition.choice));
  const { options = [] } = definition.choice ?? {};
  return options.find(({ value }) => value === asked) ?? options[0] ?? null;
}
