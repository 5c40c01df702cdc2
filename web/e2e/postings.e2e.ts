// The list of postings: a posting is opened by its row, shows what an applicant looks for first, and
// lends its values to the filters; what no row has takes no room.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PostingsAnswer } from '../src/api/types';
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
      expect(searchOf(page)).toMatch(/^\?lang=en&posting=-?\d+$/);
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
    await page.locator('[role="gridcell"] .dates').nth(1).click();
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
      await route.fulfill({ json: { ...body, rows } });
    });
    await openList(page, '');
    const heads = await page.getByRole('columnheader').allInnerTexts();
    expect(heads).toContain('Views');
    expect(heads).not.toContain('Company');
    expect(heads).not.toContain('Applied');
    expect(await page.locator('[role="grid"]').innerText()).not.toMatch(/–\s*·|·\s*–/);
    expect(troubles).toEqual([]);
  });
});
