// A made-up published build with the product's own tiles and pages, and an app in a made-up browser, for tests.
import { productColumns, productLayout, productSeries } from '../../scripts/layout.mjs';
import type { Client } from '../api/client';
import type {
  Build,
  Definitions,
  DimensionDefinition,
  SelectionAnswer,
  TilesAnswer,
} from '../api/types';
import { App, type AppEnvironment } from './app.svelte';
import type { AddressBar } from './url-state.svelte';

const attribution = {
  source: 'saramin',
  name_ko: '사람인',
  name_en: 'Saramin',
  url: 'https://www.saramin.co.kr',
};

export const exampleBuild: Build = {
  build: 12,
  published_at: '2023-07-10T15:40:00Z',
  origin: 'collected',
  postings: 1000,
  collected_through: '2023-07-10T15:00:00Z',
  data_date: '2023-07-11',
  attribution,
  attributions: [attribution],
  warnings: {},
  damaged: [],
};

function dimension(
  name: string,
  label_ko: string,
  label_en: string,
  more: Partial<DimensionDefinition> = {},
): DimensionDefinition {
  return {
    name,
    label_ko,
    label_en,
    what_ko: `${label_ko}의 뜻`,
    what_en: `What ${label_en} is`,
    parent: null,
    filter: true,
    ordered: true,
    labels_ko: {},
    labels_en: {},
    sql: 'select id, value from somewhere',
    ...more,
  };
}

/** What the server's dimensions call the columns of their values. */
const NAMES: Readonly<Record<string, readonly [ko: string, en: string]>> = {
  source: ['출처', 'Source'],
  role: ['직무', 'Role'],
  industry_category: ['업종', 'Industry category'],
  industry: ['세부 업종', 'Industry'],
  experience: ['경력', 'Experience'],
  education: ['학력', 'Education'],
  province: ['시·도', 'Province'],
  district: ['시·군·구', 'District'],
  skill: ['기술·키워드', 'Skills'],
};

const exampleColumns = productColumns().map((column) => {
  const [ko, en] = NAMES[column.dimension ?? ''] ?? [];
  if (ko === undefined || en === undefined) return column;
  return { ...column, label_ko: ko, label_en: en, short_ko: ko, short_en: en };
});

export const exampleDefinitions: Definitions = {
  dimensions: [
    dimension('role', '직무', 'Role', {
      labels_ko: { de: '데이터 엔지니어', da: '데이터 분석가', web_back: '백엔드 개발' },
      labels_en: { de: 'Data engineer', da: 'Data analyst', web_back: 'Back end' },
    }),
    dimension('province', '시·도', 'Province', { labels_en: { 서울: 'Seoul' } }),
    dimension('district', '시·군·구', 'District', { parent: 'province' }),
    dimension('data_job', '데이터 직무 여부', 'Data job or other', { filter: false }),
  ],
  measures: [
    {
      name: 'postings',
      label_ko: '공고 수',
      label_en: 'Postings',
      what_ko: '서로 다른 공고의 수',
      what_en: 'Distinct postings',
      unit: 'postings',
      format: 'integer',
      sql: 'select count(*)',
    },
    {
      name: 'entry_share',
      label_ko: '신입 지원 가능 비율',
      label_en: 'Open to newcomers',
      what_ko: '신입이 지원할 수 있는 공고의 비율',
      what_en: 'The share that newcomers can apply for',
      unit: 'percent',
      format: 'percent',
      sql: 'select 1',
    },
  ],
  ...productLayout(),
  series: productSeries(),
  columns: exampleColumns,
  synonyms: [],
};

export function exampleSelection(overrides: Partial<SelectionAnswer> = {}): SelectionAnswer {
  return {
    postings: 1000,
    of: 1000,
    unknown: [],
    period_known: true,
    tiles: {
      postings: {
        kind: 'value',
        n: 1000,
        value: 1000,
        low: null,
        high: null,
        count: null,
        without: 0,
      },
      entry_share: {
        kind: 'value',
        n: 900,
        value: 40,
        low: 36.8,
        high: 43.2,
        count: 360,
        without: 100,
      },
      roles: {
        kind: 'groups',
        n: 300,
        without: 0,
        more: 0,
        parent: null,
        rows: [
          { value: 'web_back', count: 200, share: 0.6667, low: 0.61, high: 0.717, rank: [1, 1] },
          { value: 'de', count: 20, share: 0.0667, low: 0.0436, high: 0.1007, rank: [2, 2] },
        ],
      },
    },
    ...overrides,
  };
}

export function exampleAnswer(overrides: Partial<TilesAnswer> = {}): TilesAnswer {
  return {
    build: exampleBuild.build,
    origin: exampleBuild.origin,
    collected_through: exampleBuild.collected_through,
    last_day: '2023-07-11',
    active_coverage: 1,
    not_provided: [],
    grain: null,
    selections: [exampleSelection()],
    ...overrides,
  };
}

/** Answers what is in the example; anything else is a mistake of the test. */
export function exampleClient(overrides: Partial<Client> = {}): Client {
  const unexpected = (what: string) => () => Promise.reject(new Error(`nobody expected ${what}`));
  return {
    build: async () => exampleBuild,
    definitions: async () => exampleDefinitions,
    tiles: async () => exampleAnswer(),
    table: unexpected('table'),
    tables: unexpected('tables'),
    models: unexpected('models'),
    facets: unexpected('facets'),
    postings: unexpected('postings'),
    posting: unexpected('posting'),
    explain: unexpected('explain'),
    sql: unexpected('sql'),
    sqlFile: unexpected('sqlFile'),
    ...overrides,
  };
}

/** An address bar with a history, in which a test can go back and forward. */
export class ExampleBar implements AddressBar {
  readonly steps: string[];
  #at = 0;
  #listener = () => {};

  constructor(address: string) {
    this.steps = [address];
  }

  readonly location = {
    get: () => this.steps[this.#at] ?? '',
    get href(): string {
      return this.get();
    },
  };

  readonly history = {
    state: null,
    pushState: (_data: unknown, _unused: string, url: string): void => {
      this.steps.splice(this.#at + 1);
      this.#at = this.steps.push(new URL(url, this.location.href).href) - 1;
    },
    replaceState: (_data: unknown, _unused: string, url: string): void => {
      this.steps[this.#at] = new URL(url, this.location.href).href;
    },
  };

  addEventListener(_type: 'popstate', listener: () => void): void {
    this.#listener = listener;
  }

  go(steps: 1 | -1): void {
    this.#at += steps;
    this.#listener();
  }
}

export const EXAMPLE_BASE = 'https://host.test/sub/';

export function exampleEnvironment(
  path = '',
  overrides: Partial<AppEnvironment> = {},
): AppEnvironment & { window: ExampleBar } {
  return {
    base: EXAMPLE_BASE,
    languages: ['ko-KR'],
    layout: exampleDefinitions,
    client: exampleClient(),
    storage: null,
    prefersDark: { matches: false, addEventListener: () => {} },
    now: () => Date.parse('2023-07-10T18:00:00Z'),
    ...overrides,
    window: new ExampleBar(new URL(path, EXAMPLE_BASE).href),
  };
}

/** An app that knows the published build, at a path below the base. */
export async function exampleApp(
  path = '',
  overrides: Partial<AppEnvironment> = {},
): Promise<{ app: App; bar: ExampleBar }> {
  const environment = exampleEnvironment(path, overrides);
  const app = new App(environment);
  await app.published.resource.refresh();
  return { app, bar: environment.window };
}
