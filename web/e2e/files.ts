// Files that the page gives, taken apart.
import type { Page } from 'playwright-core';

export interface Csv {
  /** What the last three columns say in the first row: source, data date, what it is of. */
  about: string[];
  /** The heading is the first one; without these columns. */
  rows: string[][];
}

export function csvOf(text: string): Csv {
  const cells = cellsOf(text.replace(/^\ufeff/, '').replaceAll('\r\n', '\n'));
  return {
    about: cells[1]?.slice(-3) ?? [],
    rows: cells.map((row) => row.slice(0, -3)),
  };
}

/** Cells may be quoted, and hold commas, quotes and line breaks then. */
function cellsOf(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, bare, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n|$)/g)) {
    row.push(quoted?.replaceAll('""', '"') ?? bare ?? '');
    if (end === ',') continue;
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  }
  return rows;
}

/** A number as files have it. */
export function plainNumber(text: string): string {
  return /^-?\d{1,3}(,\d{3})+(\.\d+)?$/.test(text) ? text.replaceAll(',', '') : text;
}

/** An SVG document read as XML by the browser: its root (of an error another one) and its texts. */
export function pictureOf(page: Page, svg: string): Promise<{ root: string; texts: string[] }> {
  return page.evaluate((source) => {
    const document = new DOMParser().parseFromString(source, 'image/svg+xml');
    const broken = document.querySelector('parsererror');
    return {
      root: broken?.textContent ?? document.documentElement.localName,
      texts: [...document.querySelectorAll('text')].map((text) =>
        (text.textContent ?? '').replaceAll('\u2060', '').replaceAll(/\s+/g, ' ').trim(),
      ),
    };
  }, svg);
}
