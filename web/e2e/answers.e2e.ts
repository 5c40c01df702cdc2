// Every tile of the original dashboards, as the page shows it, against SQL on raw_data for the same
// filters. What the page shows is read from the page: the table behind each chart, the figures, the list.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readFilters } from '../src/state/filters';
import { leftOut } from '../src/tiles/left-out';
import { launch, open, publishedBuild, publishedDefinitions, visit } from './browser';
import { EXPECTED, LISTS, NO_POSTINGS, statement, type Expected, type Filters } from './expected';
import { query } from './program';

let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
});

/** A day that leaves the latest postings of any store. */
const RECENT = await (async () => {
  const { data_date } = await publishedBuild();
  const day = new Date(`${data_date}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() - 90);
  return day.toISOString().slice(0, 10);
})();
/** Nothing, one filter, and three at once in several ways. */
const CHOSEN: readonly Filters[] = [
  {},
  { province: '서울' },
  { experience: ['신입', '신입/경력', '경력무관'], province: ['서울', '경기'], from: RECENT },
  { role: 'datajob', industry_category: 'IT·웹·통신', education: '대학교졸업(4년)이상' },
  { newcomers: '경력 필요', status: ['open', 'assumed'] },
  { skill: 'Java', employment_type: '정규직', district: ['서울 강남구', '경기 성남시 분당구'] },
];

const ROLE_LABELS: Record<string, string> = {
  datajob: '데이터 직무',
  de: '데이터 엔지니어',
  da: '데이터 분석가',
  ds: '데이터 사이언티스트',
  web_front: '프론트엔드 개발',
  web_back: '백엔드 개발',
  embedded: '임베디드',
  security: '정보보안',
};

const PAGES = [...new Set(EXPECTED.map(({ page }) => page))];
/** Rows of a list that are compared: so many are drawn on any screen. */
const FIRST_ROWS = 8;
let compared = 0;
let withThree = 0;

function search(filters: Filters): string {
  const pairs = Object.entries(filters).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, one]),
  );
  return `?${new URLSearchParams([['lang', 'ko'], ...pairs]).toString()}`;
}

const plain = (text: string) => text.replaceAll(/[\s\u2060]+/g, ' ').trim();
const number = (text: string) => plain(text).replaceAll(',', '');

/** The rows of a tile's table, asked for with its button where the tile is a drawing. */
async function rowsOf(page: Page, name: string): Promise<string[][]> {
  const tile = page.locator(`[data-tile="${name}"]`);
  await tile.locator('[data-side]').first().waitFor();
  const more = tile.locator('button[aria-expanded="false"][aria-controls$="-table"]');
  if ((await more.count()) > 0) await more.click();
  const button = tile.locator('[data-tool="table"]');
  if ((await button.count()) > 0 && (await button.isEnabled())) {
    await button.click();
    await tile.locator('tbody tr').first().waitFor();
  }
  return tile
    .locator('tbody tr')
    .evaluateAll((rows) =>
      rows.map((row) =>
        [...row.querySelectorAll('th, td:not([aria-hidden])')].map(
          (cell) => (cell as HTMLElement).innerText,
        ),
      ),
    );
}

/** Every expected figure stands in its row, in the order of the columns. */
function holds(row: readonly string[] | undefined, figures: readonly string[]): boolean {
  const cells = (row ?? []).flatMap((cell) => number(cell).split(/[ (·]+/));
  let at = 0;
  return figures.every((figure) => {
    at = cells.indexOf(figure, at) + 1;
    return at > 0;
  });
}

/** What a tile without a table says aloud of each name, in a place where names stand below each other. */
async function spokenOf(page: Page, name: string): Promise<string[][]> {
  const tile = page.locator(`[data-tile="${name}"]`);
  if ((await tile.locator('[data-empty]').count()) > 0) return [];
  const chart = tile.getByRole('application').last();
  await chart.locator('svg text').first().waitFor();
  const says = async (key: string) => {
    await chart.press(key);
    return (await chart.locator('[aria-live]').textContent()) ?? '';
  };
  const last = await says('End');
  const rows = [await says('Home')];
  while (rows.at(-1) !== last && rows.length < 500) rows.push(await says('ArrowDown'));
  return rows.map((row) => [row]);
}

async function compare(
  page: Page,
  expected: Expected,
  filters: Filters,
  read: typeof rowsOf = rowsOf,
): Promise<void> {
  const answer = await query(statement(expected, filters));
  const label = (name: string) => ROLE_LABELS[name] ?? name;
  const where = `${expected.tile} for ${JSON.stringify(filters)}`;
  if (expected.figure !== undefined) {
    const figure = page.locator(`[data-figure="${expected.figure}"] [data-side]`).first();
    const own = expected.figure === expected.tile;
    const text = await (own ? figure.locator('.value') : figure).innerText();
    const numbers = (number(text).match(/\d+(\.\d+)?/g) ?? []).map(Number);
    const value = answer[0]?.[1] ?? '';
    const among = value === '' ? [] : numbers.filter((one) => one === Number(value));
    const shown = own ? numbers.slice(0, 1) : among;
    expect([where, shown[0] ?? '']).toEqual([where, value === '' ? '' : Number(value)]);
  } else if (expected.list === true) {
    const items = page.locator(`[data-tile="${expected.tile}"] li`);
    const shown = (await items.allInnerTexts()).map((text) =>
      number(text.split('\n').at(-1) ?? ''),
    );
    expect([where, shown]).toEqual([where, answer.map(([, figure]) => figure)]);
  } else {
    const shown = (await read(page, expected.tile)).map((row) => row.map(plain));
    // Rows that count nothing are not drawn.
    const wanted = answer.filter(([, ...figures]) => figures.some((figure) => figure !== '0'));
    const missing = wanted.filter(
      ([name = '', ...figures]) =>
        !shown.some(
          (row) => row.some((cell) => cell.startsWith(label(name))) && holds(row, figures),
        ),
    );
    expect([where, missing, shown.slice(0, 3)]).toEqual([where, [], shown.slice(0, 3)]);
    if (expected.part !== true) expect([where, shown.length]).toEqual([where, answer.length]);
  }
  compared += 1;
  if (Object.keys(filters).length >= 3) withThree += 1;
}

describe.each(CHOSEN)('for %j', (filters) => {
  test.each(PAGES)('every tile of the page `%s` is what SQL says', async (name) => {
    const { page, troubles } = await visit(browser);
    await open(page, `${name}${search(filters)}${name === 'time' ? '&grain=month' : ''}`);
    const tiles = EXPECTED.filter(({ page }) => page === name);
    const asked = readFilters(new URL(page.url()).searchParams);
    const all = tiles.map(({ tile }) => tile);
    const out = leftOut(all, asked, await publishedDefinitions()).map(({ name }) => name);
    for (const expected of tiles.filter(({ tile }) => !out.includes(tile))) {
      await compare(page, expected, filters);
    }
    // What says nothing of the selection is not on the page; where it stands alone it is.
    for (const expected of tiles.filter(({ tile }) => out.includes(tile))) {
      expect(await page.locator(`[data-tile="${expected.tile}"]`).count()).toBe(0);
      const { page: alone } = await visit(browser, { width: 560 });
      await open(alone, `embed/${expected.tile}${search(filters)}`);
      await compare(alone, expected, filters, spokenOf);
    }
    expect(troubles).toEqual([]);
  });

  test('the list of postings is what SQL says', async () => {
    const { page } = await visit(browser);
    for (const { sort, sql, column } of LISTS) {
      const address = new URLSearchParams(search(filters).slice(1));
      address.set('sort', sort);
      address.set('order', 'desc');
      await open(page, `postings?${address}`);
      const answer = await query(statement({ tile: sort, page: 'postings', sql }, filters));
      const wanted = answer.map(([value = '']) => value).slice(0, FIRST_ROWS);
      const heads = page.locator('[role="columnheader"]');
      // The columns follow the width, which is known a moment after the page is there.
      const shown = async () => {
        const names = (await heads.allInnerTexts()).map(plain);
        const at = names.findIndex((name) => name.startsWith(column)) + 1;
        const cells = page.locator(`[role="gridcell"][aria-colindex="${at}"]`);
        const figures = (await cells.allInnerTexts()).map(number);
        return figures.filter((text) => text !== '').slice(0, wanted.length);
      };
      await expect.poll(shown, { message: sort }).toEqual(wanted);
      compared += 1;
    }
  });
});

describe('pages without postings', () => {
  test.each(NO_POSTINGS)(
    '$page shows what the table holds: $name',
    async ({ page: name, card, sql }) => {
      const { page, troubles } = await visit(browser);
      await open(page, `${name}?lang=ko`);
      const frame = page.locator(`[data-source]`).nth(card);
      const answer = await query(sql);
      await frame.locator('[data-tool="table"]').click();
      await frame.locator('table').waitFor();
      const shown = await frame
        .locator('tbody tr')
        .evaluateAll((rows) =>
          rows.map((row) =>
            [...row.querySelectorAll('th, td')].map((cell) => (cell as HTMLElement).innerText),
          ),
        );
      expect(answer.length).toBeGreaterThan(0);
      const missing = answer.filter(
        ([key = '', ...figures]) =>
          !shown.some((row) => plain(row[0] ?? '').startsWith(key) && holds(row, figures)),
      );
      expect(missing).toEqual([]);
      compared += 1;
      expect(troubles).toEqual([]);
    },
  );
});

test('enough was compared to mean something', () => {
  expect(compared).toBeGreaterThanOrEqual(2 * EXPECTED.length);
  expect(withThree).toBeGreaterThanOrEqual(15);
});
