// Whatever goes wrong with the server: figures that are there stay, what happened is said, and there is
// a way on.
import type { Browser, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TilesAnswer, ValueTile } from '../src/api/types';
import { BASE, findings, launch, open, publishedBuild, settled, visit } from './browser';
import { everything, figureOf, searchOf, tileOf } from './shown';

let browser: Browser;
const API = '**/api/v1/**';
const TILES = '**/api/v1/tiles?*';

beforeAll(async () => {
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
});

const postings = (page: Page) => figureOf(page, 'postings').locator('.value');
const notice = (page: Page, text: string) =>
  page.locator('main [role="status"]').filter({ hasText: text });
const answer = (status: number, body: unknown) => (route: Route) =>
  route.fulfill({ status, contentType: 'application/json', body: JSON.stringify(body) });
const stopped = (route: Route) => route.abort('connectionrefused');
/** Answers that are no answers. */
const BROKEN = [
  ['a page of another server', { contentType: 'text/html', body: '<!doctype html><h1>Hello' }],
  ['half of an answer', { contentType: 'application/json', body: '{"build":1,"origin":"gene' }],
  ['an answer to something else', { contentType: 'application/json', body: '{"hello":"world"}' }],
] as const;

describe('at the first visit', () => {
  test('nothing is published: the page says what to do', async () => {
    const { page } = await visit(browser);
    const error = { code: 'nothing_published', message: 'nothing is published', hint: null };
    await page.route(API, answer(503, { error }));
    await page.goto(`${BASE}?lang=en`);
    const state = page.locator('[data-state="nothing_published"]');
    await state.waitFor();
    expect(await state.innerText()).toContain('jobtide run collect_postings');
    expect(await findings(page)).toEqual([]);
    await page.unroute(API);
    await state.getByRole('button', { name: 'Try again' }).click();
    await settled(page);
  });

  test('an error is shown in the server’s words', async () => {
    const { page } = await visit(browser, { colorScheme: 'dark' });
    const error = { code: 'internal', message: 'the disk is <b>full</b>', hint: 'make room' };
    await page.route(API, answer(500, { error }));
    await page.goto(`${BASE}?lang=en`);
    const state = page.locator('[data-state="refused"]');
    await state.waitFor();
    expect(await state.innerText()).toContain('the disk is <b>full</b>');
    expect(await state.innerText()).toContain('hint: make room');
    expect(await findings(page)).toEqual([]);
  });

  test('a stopped server is reported, and a retry recovers', async () => {
    const { page } = await visit(browser);
    await page.route(API, stopped);
    await page.goto(`${BASE}?lang=en&role=de`);
    await page.locator('[data-state="unreachable"]').waitFor();
    await page.unroute(API);
    await page.getByRole('button', { name: 'Try again' }).click();
    await settled(page);
    await expect.poll(() => searchOf(page)).toBe('?lang=en&role=de');
  });

  test('a stopped server is asked again without a click', async () => {
    const { page } = await visit(browser);
    await page.clock.install();
    await page.route(API, stopped);
    await page.goto(`${BASE}?lang=en`);
    await page.locator('[data-state="unreachable"]').waitFor();
    await page.unroute(API);
    await page.clock.fastForward('00:20');
    await settled(page);
  });

  test.each(BROKEN)('%s is called unreadable, and a retry recovers', async (_, body) => {
    const { page } = await visit(browser);
    await page.route(API, (route) => route.fulfill(body));
    await page.goto(`${BASE}?lang=en`);
    await page.locator('[data-state="malformed"]').waitFor();
    await page.unroute(API);
    await page.getByRole('button', { name: 'Try again' }).click();
    await settled(page);
  });
});

describe('in the middle of use', () => {
  test('a stopped server leaves the figures, says so, and is found again', async () => {
    const { page } = await visit(browser);
    await page.clock.install();
    await open(page, '?lang=en');
    const state = await everything(page);
    await page.route(API, stopped);
    await page.clock.fastForward('06:00');
    await notice(page, 'does not answer').waitFor();
    expect(await everything(page)).toEqual(state);
    await page.unroute(API);
    await notice(page, 'does not answer').getByRole('button').click();
    await notice(page, 'does not answer').waitFor({ state: 'detached' });
    expect(await everything(page)).toEqual(state);
  });

  const failures: [string, (route: Route) => Promise<void>][] = [
    ['a stopped server', stopped],
    ...BROKEN.map(([name, body]): (typeof failures)[number] => [
      name,
      (route) => route.fulfill(body),
    ]),
  ];
  test.each(failures)('a choice that meets %s keeps the figures before it', async (_, fails) => {
    const { page } = await visit(browser);
    await open(page, '?lang=en');
    const state = await everything(page);
    await page.route(TILES, fails);
    await tileOf(page, 'roles').getByRole('button', { name: 'Security' }).click();
    await notice(page, 'could not be loaded').waitFor();
    expect(await everything(page)).toEqual(state);
    await page.unroute(TILES);
    await notice(page, 'could not be loaded').getByRole('button').click();
    await expect.poll(() => searchOf(page)).toBe('?role=security&lang=en');
    const figure = async () => (await everything(page))['figure postings a'];
    await expect.poll(figure).not.toBe(state['figure postings a']);
    expect(await notice(page, 'could not be loaded').count()).toBe(0);
  });

  test('a slow server: the figures before stay until the next ones are there', async () => {
    const { page } = await visit(browser);
    await open(page, '?lang=en');
    const state = await everything(page);
    const before = await postings(page).innerText();
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    await page.route(TILES, async (route) => {
      await released;
      await route.continue().catch(() => {});
    });
    await tileOf(page, 'roles').getByRole('button', { name: 'Security' }).click();
    await page.locator('.page[aria-busy="true"].dimmed').waitFor();
    expect(await everything(page)).toEqual(state);
    // One who changes their mind gets what was chosen last, once.
    await page.locator('[data-chips]').getByRole('button', { name: 'Clear all' }).click();
    await tileOf(page, 'roles').getByRole('button', { name: 'Embedded' }).click();
    await expect.poll(() => searchOf(page)).toBe('?role=embedded&lang=en');
    release();
    await page.locator('.page[aria-busy="false"]:not(.dimmed)').waitFor();
    expect(await postings(page).innerText()).not.toBe(before);
    const embedded = tileOf(page, 'roles').getByRole('button', { name: 'Embedded' });
    expect(await embedded.getAttribute('aria-pressed')).toBe('true');
  });

  test('a newer build takes the place of the one before softly', async () => {
    const { page, troubles } = await visit(browser);
    await page.clock.install();
    await open(page, '?lang=en');
    const { build, ...published } = await publishedBuild();
    await tileOf(page, 'roles').locator('[data-tool="table"]').click();
    await tileOf(page, 'roles').scrollIntoViewIfNeeded();
    const place = await page.evaluate(() => {
      (window as unknown as { same: boolean }).same = true;
      return window.scrollY;
    });
    expect(place).toBeGreaterThan(500);
    await page.route('**/api/v1/build', (route) =>
      route.fulfill({
        json: { ...published, build: build + 1, published_at: '2030-01-01T00:00:00Z' },
      }),
    );
    await page.route(TILES, async (route) => {
      const body = (await (await route.fetch()).json()) as TilesAnswer;
      const figure = body.selections[0]?.tiles.postings as ValueTile;
      const value = 7_654_321;
      await route.fulfill({
        json: {
          ...body,
          build: build + 1,
          selections: body.selections.map((one) => ({
            ...one,
            tiles: { ...one.tiles, postings: { ...figure, value, n: value } },
          })),
        },
      });
    });
    await page.clock.fastForward('06:00');
    await postings(page).filter({ hasText: '7,654,321' }).waitFor();
    await page
      .locator('footer')
      .filter({ hasText: `Build ${build + 1}` })
      .last()
      .waitFor();
    expect(await page.evaluate(() => window.scrollY)).toBe(place);
    expect(await page.evaluate(() => (window as unknown as { same: boolean }).same)).toBe(true);
    const table = tileOf(page, 'roles').locator('[data-tool="table"]');
    expect(await table.getAttribute('aria-pressed')).toBe('true');
    expect(await tileOf(page, 'roles').locator('tbody tr').count()).toBeGreaterThan(3);
    expect(troubles).toEqual([]);
  });

  test('the list of postings keeps its rows when the next ones fail', async () => {
    const { page } = await visit(browser);
    await open(page, 'postings?lang=en');
    const titles = page.locator('[role="row"] a');
    await titles.first().waitFor();
    const before = await titles.allInnerTexts();
    const count = page.locator('[role="status"]').filter({ hasText: ' of ' });
    const all = await count.innerText();
    await page.route('**/api/v1/postings?*', stopped);
    await page.getByRole('columnheader', { name: 'Views' }).getByRole('button').click();
    const retry = page.locator('main').getByRole('button', { name: 'Try again' });
    await retry.waitFor();
    expect(await titles.allInnerTexts()).toEqual(before);
    await page.unroute('**/api/v1/postings?*');
    await retry.click();
    await page.locator('[data-list][aria-busy="false"]').waitFor();
    await expect.poll(() => titles.allInnerTexts()).not.toEqual(before);
    expect(await retry.count()).toBe(0);
    expect(await count.innerText()).toBe(all);
    await expect.poll(() => searchOf(page)).toBe('?lang=en&sort=views');
  });

  test('a list of postings that is not the chosen one says so, and becomes it by itself', async () => {
    const { page } = await visit(browser);
    await page.clock.install();
    await open(page, 'postings?lang=en');
    const titles = page.locator('[role="row"] a');
    await titles.first().waitFor();
    const before = await titles.allInnerTexts();
    const heading = (name: string) => page.getByRole('columnheader', { name });
    const count = page.locator('[role="status"]').filter({ hasText: ' of ' });
    const all = await count.innerText();
    await page.route(API, stopped);
    await heading('Title').getByRole('button').click();
    await notice(page, 'is from the previous selection').waitFor();
    await page.getByRole('textbox', { name: 'Search title' }).fill('java');
    await expect.poll(() => searchOf(page)).toBe('?q=java&lang=en&sort=title');
    await notice(page, 'is from the previous selection').waitFor();
    expect(await titles.allInnerTexts()).toEqual(before);
    expect(await page.locator('[data-list].stale').count()).toBe(1);
    // The headings tell of the rows that are there.
    expect(await heading('Posted').getAttribute('aria-sort')).toBe('descending');
    expect(await heading('Title').getAttribute('aria-sort')).toBe('none');
    await page.clock.fastForward('00:20');
    await notice(page, 'is from the previous selection').waitFor();
    await page.unroute(API);
    await page.clock.fastForward('00:20');
    await notice(page, 'is from the previous selection').waitFor({ state: 'detached' });
    await expect.poll(() => titles.allInnerTexts()).not.toEqual(before);
    expect(await page.locator('.stale').count()).toBe(0);
    expect(await heading('Title').getAttribute('aria-sort')).toBe('ascending');
    expect(await count.innerText()).not.toBe(all);
  });

  test('a list that could not be had is tried again as soon as the network is back', async () => {
    const { page } = await visit(browser);
    await open(page, 'postings?lang=en');
    const titles = page.locator('[role="row"] a');
    await titles.first().waitFor();
    await page.route('**/api/v1/postings?*', stopped);
    await page.getByRole('columnheader', { name: 'Views' }).getByRole('button').click();
    await notice(page, 'is from the previous selection').waitFor();
    await page.unroute('**/api/v1/postings?*');
    await page.evaluate(() => window.dispatchEvent(new Event('online')));
    await notice(page, 'is from the previous selection').waitFor({ state: 'detached' });
    expect(await page.locator('.stale').count()).toBe(0);
  });

  test('a posting that the build does not have is not a failure', async () => {
    const { page } = await visit(browser);
    const dialog = page.getByRole('dialog');
    for (const id of ['123', 'nope']) {
      await open(page, `postings?lang=en&posting=${id}`);
      await dialog.getByText('There is no such posting in this build').waitFor();
      expect(await dialog.getByRole('button').allInnerTexts()).toEqual(['']);
    }
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('role'));
    await expect.poll(focused).toBe('grid');
  });

  test('the focus stays on the button that runs and cancels a query', async () => {
    const { page } = await visit(browser);
    await open(page, 'sql?lang=en');
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    await page.route('**/api/v1/query', async (route) => {
      await released;
      await route.continue().catch(() => {});
    });
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    await page.getByRole('button', { name: 'Run', exact: true }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(focused).toBe('Cancel');
    await page.keyboard.press('Enter');
    await expect.poll(focused).toBe('Run');
    await page.keyboard.press('Enter');
    release();
    await page.getByRole('region', { name: 'Result' }).waitFor();
    expect(await focused()).toBe('Run');
  });

  test('a page whose files are gone says so', async () => {
    const { page } = await visit(browser);
    await open(page, '?lang=en');
    await page.route(/\/assets\/Method-[^/]*\.js$/, answer(404, {}));
    await page.getByRole('link', { name: 'Method' }).click();
    await notice(page, 'could not be loaded').getByRole('button', { name: 'Reload' }).waitFor();
    expect(await page.locator('header nav').count()).toBe(1);
  });
});

test.each([
  ['collected long ago', '2020-01-01T00:00:00Z', '2020-01-01', 'last collected 1 January 2020'],
  ['saved long ago', null, '2020-07-20', 'Postings up to 20 July 2020'],
])('old data are called old: %s', async (_, collected_through, data_date, said) => {
  const { page } = await visit(browser);
  const old = { ...(await publishedBuild()), origin: 'collected', collected_through, data_date };
  await page.route('**/api/v1/build', (route) => route.fulfill({ json: old }));
  await open(page, '?lang=en');
  expect(await page.locator('[data-stale]').innerText()).toContain(said);
});
