// Waiting times of a visitor in a real browser: `node page.js <address> <runs>` prints one JSON object.
// `run.py --only page` starts the server and formats the table. CHROMIUM names the browser.
import { chromium } from 'playwright-core';
import lighthouse from 'lighthouse';

const [address, runs] = [process.argv[2], Number(process.argv[3] ?? 7)];
const PORT = 9333;
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', `--remote-debugging-port=${PORT}`,
];
// Filters that change every chart, one after the other.
const CHANGES = [
  'role=de', 'role=datajob&province=서울', 'experience=신입', 'skill=Java', 'industry_category=IT·웹·통신&province=경기',
  'role=web_back&experience=경력', 'education=학력무관', 'province=부산', 'role=ds', 'skill=Python&province=서울',
];
// Each further page with the content that must be on it before it counts as shown.
const PAGES = {
  skills: '[data-tile] svg text',
  industries: '[data-tile] svg text',
  regions: '[data-tile] svg path',
  time: '[data-tile] svg text',
  certificates: '[data-source] svg text',
  interest: '[data-source] svg text',
  postings: '[role="gridcell"]',
  sql: 'textarea',
  method: 'section h2, h2',
};

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
const result = { first: [], bytes: [], further: {}, change: [], scores: [] };

/** Milliseconds since `from` (of the page's own clock) until every chart is drawn and nothing is being fetched. */
const DRAWN = () => {
  const charts = [...document.querySelectorAll('main [role="img"], main [role="application"]')];
  const drawn = charts.every((chart) => chart.querySelector('svg text, canvas'));
  return document.querySelector('main[data-status="ready"]') !== null && drawn && document.querySelector('main [aria-busy="true"]') === null;
};

async function fresh() {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'ko-KR' });
  return { context, page: await context.newPage() };
}

for (let run = 0; run < runs; run++) {
  const { context, page } = await fresh();
  let bytes = 0;
  const protocol = await context.newCDPSession(page);
  await protocol.send('Network.enable');
  const scripts = new Set();
  protocol.on('Network.responseReceived', ({ requestId, type }) => {
    if (type === 'Script' || type === 'Stylesheet') scripts.add(requestId);
  });
  protocol.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) bytes += encodedDataLength;
  });
  await page.goto(address, { waitUntil: 'commit' });
  await page.waitForFunction(() => document.querySelectorAll('main svg text').length > 20);
  await page.waitForFunction(DRAWN);
  result.first.push(await page.evaluate(() => performance.now()));
  result.bytes.push(bytes);
  // From one page to the next by its link, as visitors do. By the page's own clock, without the driver's time.
  for (const [name, needed] of Object.entries(PAGES)) {
    const took = await page.evaluate(async ([name, needed, drawn]) => {
      const isDrawn = new Function(`return (${drawn})()`);
      const link = [...document.querySelectorAll('header nav a')].find((one) => new URL(one.href).pathname.endsWith(`/${name}`));
      const began = performance.now();
      link.click();
      const frame = () => new Promise((done) => requestAnimationFrame(done));
      for (;;) {
        await frame();
        if (document.querySelector(`main[data-page="${name}"]`)?.querySelector(needed) && isDrawn()) break;
      }
      return performance.now() - began;
    }, [name, needed, DRAWN.toString()]).catch((error) => ({ error: String(error) }));
    (result.further[name] ??= []).push(took);
  }
  await context.close();
}

{
  // A change of filter: from the change of the address to the frame in which the last chart is drawn again.
  const { context, page } = await fresh();
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto(address);
  await page.waitForFunction(DRAWN);
  for (const change of Array.from({ length: 10 }, () => CHANGES).flat()) {
    const took = await page.evaluate(async (change) => {
      const charts = [...document.querySelectorAll('main [role="img"] svg, main [role="application"] svg')];
      const before = charts.length;
      const frame = () => new Promise((done) => requestAnimationFrame(done));
      let last = performance.now();
      const watch = new MutationObserver(() => (last = performance.now()));
      const answered = new Promise((done) => {
        const seen = new PerformanceObserver((list) => {
          if (list.getEntries().some(({ name }) => name.includes('/api/v1/tiles'))) done();
        });
        seen.observe({ type: 'resource' });
      });
      watch.observe(document.querySelector('main'), { subtree: true, childList: true, attributes: true, characterData: true });
      const began = performance.now();
      history.pushState(null, '', `?${change}`);
      dispatchEvent(new PopStateEvent('popstate'));
      await answered;
      // Quiet for ten frames: everything that follows from the answer is drawn.
      for (let quiet = 0; quiet < 10; ) {
        const at = last;
        await frame();
        quiet = last === at ? quiet + 1 : 0;
      }
      watch.disconnect();
      return before === 0 ? null : last - began;
    }, change);
    result.change.push(took);
  }
  await context.close();
}

for (const name of ['', 'regions', 'postings']) {
  const { lhr } = await lighthouse(new URL(name, address).href, {
    port: PORT, output: 'json', logLevel: 'error', onlyCategories: ['performance', 'accessibility', 'best-practices'],
    formFactor: 'desktop', screenEmulation: { mobile: false, width: 1350, height: 940, deviceScaleFactor: 1, disabled: false },
    throttlingMethod: 'simulate',
    throttling: { rttMs: 40, throughputKbps: 10240, cpuSlowdownMultiplier: 1, requestLatencyMs: 0, downloadThroughputKbps: 0, uploadThroughputKbps: 0 },
  });
  const scores = Object.values(lhr.categories).map(({ id, score }) => [id, Math.round((score ?? 0) * 100)]);
  result.scores.push({ page: name, ...Object.fromEntries(scores) });
}
await browser.close();
console.log(JSON.stringify(result));
