// What a page shows, read from the page as texts: its figures, and the tables behind its charts.
import type { Locator, Page } from 'playwright-core';

export const tileOf = (page: Page, name: string): Locator => page.locator(`[data-tile="${name}"]`);

export const figureOf = (page: Page, name: string): Locator =>
  page.locator(`[data-figure="${name}"]`);

/** The drawing of a tile; of a map and the bars beside it the map. */
export const chartOf = (page: Page, tile: string): Locator =>
  tileOf(page, tile).getByRole('application').first();

/** Everything chosen, each to be taken back. */
export const chips = (page: Page): Locator => page.locator('[data-chips] .chip');

/** What the address asks for, readable. */
export const searchOf = (page: Page): string =>
  decodeURIComponent(new URL(page.url()).search.replaceAll('+', ' '));

/** Text without the marks that only keep words together. */
export const plain = (text: string): string =>
  text.replaceAll('\u2060', '').replaceAll(/\s+/g, ' ').trim();

/** Switches every tile that can to its table, and shows the rows that a long one holds back. */
export async function showTables(page: Page): Promise<void> {
  await page.evaluate(() => {
    const buttons = [
      '[data-tool="table"][aria-pressed="false"]',
      '[data-source] footer > button[aria-pressed="false"]',
      '[data-tile] button[aria-expanded="false"][aria-controls$="-table"]',
    ];
    for (const button of document.querySelectorAll<HTMLButtonElement>(buttons.join())) {
      button.click();
    }
  });
  // The script that draws them comes with the first one.
  await page.waitForFunction(() =>
    [...document.querySelectorAll('[data-tool="table"][aria-pressed="true"]')].every((button) =>
      [...(button.closest('[data-tile]')?.querySelectorAll('[data-side]') ?? [])].every(
        (body) => body.querySelector('table, [data-empty], .nothing') !== null,
      ),
    ),
  );
}

/** Heading and rows of a table of a tile, of one side of a comparison. */
export async function tableOf(page: Page, name: string, side = 'a'): Promise<string[][]> {
  const button = tileOf(page, name).locator('[data-tool="table"][aria-pressed="false"]');
  if ((await button.count()) > 0) await button.click();
  const body = tileOf(page, name).locator(`[data-side="${side}"]`);
  await body.locator('table').waitFor();
  return body
    .locator('tr')
    .evaluateAll((rows) =>
      rows.map((row) =>
        [...row.querySelectorAll<HTMLElement>('th, td:not([aria-hidden], .bar)')].map((cell) =>
          cell.innerText.replaceAll('\u2060', '').replaceAll(/\s+/g, ' ').replace(/^✓ /, '').trim(),
        ),
      ),
    );
}

/** Everything that is counted on the page: texts by tile and side, tiles as tables. */
export async function everything(page: Page): Promise<Record<string, string>> {
  await showTables(page);
  return page.evaluate(() => {
    const texts: Record<string, string> = {};
    const bodies = '[data-tile] [data-side], [data-figure] [data-side]';
    for (const body of document.querySelectorAll<HTMLElement>(bodies)) {
      const owner = body.closest<HTMLElement>('[data-tile], [data-figure]')?.dataset;
      const name = owner?.tile ?? `figure ${owner?.figure}`;
      // What a button says is no figure; names of rows choose a filter and are.
      const buttons = [...body.querySelectorAll<HTMLElement>('button')];
      const said = buttons.filter((button) => button.closest('tbody') === null);
      const text = said.reduce(
        (left, { innerText }) => left.replace(innerText, ''),
        body.innerText,
      );
      texts[`${name} ${body.dataset.side}`] = text
        .replaceAll('\u2060', '')
        .replaceAll(/\s+/g, ' ')
        .trim();
    }
    return texts;
  });
}
