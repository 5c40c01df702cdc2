// The list of postings: a posting is opened by its row, shows what an applicant looks for first, and
// lends its values to the filters; what no row has takes no room.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PostingsAnswer, TilesAnswer } from '../src/api/types';
import { findings, launch, open, visit } from './browser';
import { searchOf } from './shown';

let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
});

const dialog = (page: Page) => page.getByRole('dialog');
const cells = (page: Page, name: string) =>
  page
    .getByRole('columnheader', { name, exact: true })
    .getAttribute('aria-colindex')
    .then((index) => page.locator(`[role="gridcell"][aria-colindex="${index}"]`));

async function openList(page: Page, search: string): Promise<void> {
  await open(page, `postings?lang=en${search}`);
  await page.locator('[role="gridcell"] a').first().waitFor();
}

describe('a posting', () => {
  test('is opened by a click anywhere on its row, and by Enter', async () => {
    const { page, troubles } = await visit(browser, { width: 1600 });
    await openList(page, '');
    for (const name of ['Closes', 'Experience', 'Province', 'Views']) {
      await (await cells(page, name)).nth(2).click();
      await dialog(page).waitFor();
      await expect.poll(() => searchOf(page)).toMatch(/^\?lang=en&posting=-?\d+$/);
      await page.keyboard.press('Escape');
      await dialog(page).waitFor({ state: 'detached' });
    }
    const grid = page.getByRole('grid');
    await grid.focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await dialog(page).waitFor();
    expect(troubles).toEqual([]);
  });

  test('is opened by a click anywhere on its card on a phone', async () => {
    const { page } = await visit(browser, { width: 390 });
    await openList(page, '');
    await page.locator('[role="gridcell"] > div').nth(1).click();
    await dialog(page).waitFor();
  });

  test('says education and salary before its keywords, and its values filter', async () => {
    const { page, troubles } = await visit(browser);
    await openList(page, '&role=de');
    await (await cells(page, 'Title')).first().click();
    const names = dialog(page).locator('dl').first().locator('dt');
    await names.first().waitFor();
    const said = await names.allInnerTexts();
    expect(said).toContain('Education');
    expect(said.indexOf('Education')).toBeLessThan(said.indexOf('Salary'));
    expect(said.indexOf('Salary')).toBeLessThan(said.indexOf('Skill'));
    expect(await findings(page)).toEqual([]);
    const education = dialog(page).locator('dt:text-is("Education") + dd').getByRole('button');
    await education.press('Enter');
    await expect.poll(() => searchOf(page)).toMatch(/^\?role=de&education=[^&]+&lang=en&posting=/);
    expect(await education.getAttribute('aria-pressed')).toBe('true');
    expect(troubles).toEqual([]);
  });
});

test('the overview has no tile of what no posting has', async () => {
  const { page, troubles } = await visit(browser);
  await page.route('**/api/v1/tiles?*', async (route) => {
    const body = (await (await route.fetch()).json()) as TilesAnswer;
    for (const { tiles } of body.selections) {
      if (tiles.top_applications?.kind === 'postings') tiles.top_applications.rows = [];
    }
    await route.fulfill({ json: { ...body, not_provided: ['applications'] } });
  });
  await open(page, '?lang=en&role=de');
  await expect
    .poll(() => page.locator('[data-absent]').allInnerTexts())
    .toEqual(['Not provided by the source: application counts']);
  expect(await page.locator('[data-tile="top_applications"]').count()).toBe(0);
  expect(await page.locator('[data-tile="top_views"]').count()).toBe(1);
  expect(troubles).toEqual([]);
});

describe('a row', () => {
  test('shows the role that was asked for, and how the posting closes', async () => {
    const { page } = await visit(browser, { width: 1920 });
    await openList(page, '&role=de');
    const roles = await (await cells(page, 'Role')).allInnerTexts();
    expect(roles.length).toBeGreaterThan(3);
    for (const role of roles) expect(role).toMatch(/^Data engineer/);
    for (const closing of await (await cells(page, 'Closes')).allInnerTexts()) {
      expect(closing).toMatch(/^(\d{4}-\d{2}-\d{2}\s*(Open|Closed)?|No closing date)$/);
    }
  });

  test('has no column for what no row has', async () => {
    const { page, troubles } = await visit(browser, { width: 1600 });
    await page.route('**/api/v1/postings?*', async (route) => {
      const body = (await (await route.fetch()).json()) as PostingsAnswer;
      const rows = body.rows.map((row) => ({ ...row, company: null, applications: null }));
      const not_provided = ['url', 'company', 'applications'];
      await route.fulfill({ json: { ...body, rows, not_provided } });
    });
    await openList(page, '');
    const heads = await page.getByRole('columnheader').allInnerTexts();
    expect(heads).toContain('Views');
    expect(heads).not.toContain('Company');
    expect(heads).not.toContain('Applied');
    expect(await page.locator('[role="grid"]').innerText()).not.toMatch(/–\s*·|·\s*–/);
    // Neither has any other posting of the build: it is said once, and is no choice.
    const note = page.locator('[data-absent]');
    await expect.poll(() => note.innerText()).toContain('company names, application counts');
    expect(await note.count()).toBe(1);
    const orders = await page.locator('option').allInnerTexts();
    expect(orders.filter((name) => /appl|company/i.test(name))).toEqual([]);
    expect(orders).toContain('Most viewed');
    expect(await page.getByRole('heading', { name: 'Top 5 by applications' }).count()).toBe(0);
    expect(await page.getByRole('heading', { name: 'Top 5 by views' }).count()).toBe(1);
    expect(troubles).toEqual([]);
  });

  test('of a build with everything has every column, and no note', async () => {
    const { page } = await visit(browser, { width: 1600 });
    await openList(page, '');
    const rows = await page.evaluate(async () => {
      const of = (column: string) =>
        fetch(`api/v1/postings?sort=${column}&order=desc&limit=1`).then((one) => one.json());
      return [
        (await of('company')).rows[0].company,
        (await of('applications')).rows[0].applications,
      ];
    });
    const heads = await page.getByRole('columnheader').allInnerTexts();
    expect(['Company', 'Applied'].map((head) => heads.includes(head))).toEqual(
      rows.map((value) => value !== null),
    );
    expect(await page.locator('[data-absent]').count()).toBe(rows.includes(null) ? 1 : 0);
  });
});
