// The table of keywords as a picture: the rows that are shown, with their bars. Plain SVG, as the table
// itself needs no chart library.
import type { ChartTheme } from '../theme';
import { ems } from '../wrap';
import { xml } from '../xml';

export interface PictureRow {
  /** Rank, keyword, postings, share. */
  texts: readonly [string, string, string, string];
  /** 0..1: of the bar's room. */
  length: number;
  from: number;
  to: number;
}

const ROW = 28;
const SIZE = 13;
const GAP = 16;
const BAR = { width: 260, height: 12 };
/** Rank and keyword begin at one edge, figures end at one. */
const NUMERIC = [false, false, true, true];

export function keywordsSvg(
  head: PictureRow['texts'],
  rows: readonly PictureRow[],
  { colour, fontFamily }: ChartTheme,
): string {
  const lines = [head, ...rows.map(({ texts }) => texts)];
  const widths = head.map((_, column) =>
    Math.ceil(SIZE * Math.max(...lines.map((texts) => ems(texts[column] ?? '')))),
  );
  const lefts = widths.map((_, column) =>
    widths.slice(0, column).reduce((sum, width) => sum + width + GAP, 0),
  );
  const bars = (lefts.at(-1) ?? 0) + (widths.at(-1) ?? 0) + GAP;
  const [width, height] = [bars + BAR.width + 2, lines.length * ROW];
  const parts = lines.flatMap((texts, line) => [
    ...texts.map((text, column) => {
      const numeric = NUMERIC[column] === true;
      const x = (lefts[column] ?? 0) + (numeric ? (widths[column] ?? 0) : 0);
      const fill = line === 0 || column === 0 ? colour['ink-soft'] : colour.ink;
      const weight = line > 0 && column === 1 ? 600 : 400;
      return `<text x="${x}" y="${line * ROW + 18}" font-size="${SIZE}" font-weight="${weight}" text-anchor="${numeric ? 'end' : 'start'}" fill="${fill}">${xml(text)}</text>`;
    }),
    `<path d="M0 ${(line + 1) * ROW - 0.5}H${width}" stroke="${colour[line === 0 ? 'line-strong' : 'line']}"/>`,
  ]);
  for (const [index, { length, from, to }] of rows.entries()) {
    const y = (index + 1) * ROW + (ROW - BAR.height) / 2;
    const at = (share: number) => (share * BAR.width).toFixed(1);
    parts.push(
      `<rect x="${bars}" y="${y}" width="${at(length)}" height="${BAR.height}" fill="${colour.part}"/>`,
      `<rect x="${(bars + from * BAR.width).toFixed(1)}" y="${y + 2.5}" width="${at(to - from)}" height="${BAR.height - 5}" fill="${colour['interval-fill']}" stroke="${colour.ink}" stroke-width="1.25"/>`,
    );
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${xml(fontFamily)}">${parts.join('')}</svg>`;
}
