// A browser for the end-to-end tests, and the server they look at. Nothing is downloaded: the browser
// is the machine's Chromium (chromium.sh says which), the server runs already (BASE_URL).
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import { onTestFinished } from 'vitest';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import type { Build, Definitions, TilesAnswer } from '../src/api/types';

/** Address of the page, with a slash at the end. */
export const BASE = baseUrl();

/** From BASE_URL, by way of vitest.e2e.config.ts. */
function baseUrl(): string {
  const address = process.env.SERVER_URL;
  if (address === undefined || address === '') {
    throw new Error('BASE_URL is not set\nhint: BASE_URL=http://127.0.0.1:8080/ npm run e2e');
  }
  return address.endsWith('/') ? address : `${address}/`;
}

export function launch(): Promise<Browser> {
  // The script reports what is missing, on stderr.
  const script = fileURLToPath(new URL('chromium.sh', import.meta.url));
  const executablePath = execFileSync('sh', [script], { encoding: 'utf8' }).trim();
  // Each launch has a user data folder of its own, which is removed at the end.
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export interface Visit {
  page: Page;
  /** Console errors, uncaught errors, failed requests and answers of 400 and above. */
  troubles: string[];
  /** Addresses of all requests. */
  requests: string[];
}

/**
 * A fresh profile with one page, which is not at any address yet; closed at the end of the test. Of a
 * failing test a picture stays in e2e/artifacts.
 */
export async function visit(
  browser: Browser,
  { width = 1280, ...options }: BrowserContextOptions & { width?: number } = {},
): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    locale: 'ko-KR',
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail') {
      const name = task.name.replace(/[^\p{L}\d]+/gu, '-');
      await page.screenshot({ path: `e2e/artifacts/${name}.png`, fullPage: true });
    }
    await context.close();
  });
  const troubles: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      troubles.push(`console ${message.type()}: ${message.text()}`);
    }
  });
  page.on('pageerror', (error) => troubles.push(`uncaught: ${error.message}`));
  page.on('request', (request) => requests.push(request.url()));
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? '';
    // A question that a later one made needless is called back by the page: that is no failure.
    if (why === 'net::ERR_ABORTED' && request.url().includes('/api/')) return;
    troubles.push(`failed: ${request.url()} ${why}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) troubles.push(`HTTP ${response.status()}: ${response.url()}`);
  });
  return { page, troubles, requests };
}

/** Opens a page and waits until its figures are there and every chart is drawn. */
export async function open(page: Page, path = '', base = BASE): Promise<void> {
  await page.goto(`${base}${path}`);
  await settled(page);
}

/** Waits for the figures of the selection, and their drawings. */
export async function settled(page: Page): Promise<void> {
  // Scripts of a page or of an embedded tile may come later than its figures, figures of tables later
  // than the page, and drawings later than their figures: all of it holds at one moment.
  await page.waitForFunction(() => {
    const main = document.querySelector('main[data-status="ready"]');
    if (main === null) return false;
    const shown = (selector: string) =>
      [...main.querySelectorAll(selector)].filter((element) => element.checkVisibility());
    return (
      shown('h1, [data-tile], [data-figure]').length > 0 &&
      shown('[aria-busy="true"]').length === 0 &&
      shown('[role="application"] [role="img"]').every(
        (chart) => chart.querySelector('svg text') !== null,
      )
    );
  });
}

export async function publishedBuild(): Promise<Build> {
  return (await published('api/v1/build')) as Build;
}

export async function publishedDefinitions(): Promise<Definitions> {
  return (await published('api/v1/definitions')) as Definitions;
}

/** The API's own answer for tiles and a selection. */
export async function publishedTiles(names: readonly string[], query = ''): Promise<TilesAnswer> {
  const params = new URLSearchParams(query);
  params.set('tiles', names.join(','));
  return (await published(`api/v1/tiles?${params}`)) as TilesAnswer;
}

async function published(path: string): Promise<unknown> {
  const response = await fetch(new URL(path, BASE));
  if (!response.ok) throw new Error(`\`${path}\` answered HTTP ${response.status}`);
  return response.json();
}

export async function widthOverflow(page: Page): Promise<number> {
  return page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
}

/** Serious findings of axe, as one line each. */
export async function findings(page: Page): Promise<string[]> {
  // Evaluated through the debugger, which a content security policy does not concern.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    (window as unknown as { axe: typeof axe }).axe.run(document, {
      resultTypes: ['violations'],
      preload: false,
    }),
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}
