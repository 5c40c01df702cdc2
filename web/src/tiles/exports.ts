// A tile as a file: the figures as CSV, the drawing as a picture. Every file says by itself what it
// shows, of which postings, of which build and day, from whom, and whether that is demo data.
import type { Origin } from '../api/types';
import type { TableView } from '../charts/table';
import { ems, shortened, wrapWords } from '../charts/wrap';
import { xml } from '../charts/xml';

/** What goes with the figures: a title, and lines in words. */
export interface Caption {
  title: string;
  /** Of both selections when two are compared. */
  lines: readonly string[];
  /** Source, build, day, demo mark. */
  provenance: readonly string[];
  /** For a spreadsheet: a column each, with its heading. */
  sheet: {
    source: readonly [heading: string, text: string];
    date: readonly [heading: string, text: string];
    about: readonly [heading: string, text: string];
  };
}

export interface NamedTable {
  /** Of the side, where two are compared; else empty. */
  name: string;
  table: TableView;
}

export function fileName(
  tile: string,
  build: number,
  origin: Origin,
  extension: 'svg' | 'png' | 'csv',
  filters: readonly string[] = [],
): string {
  const demo = origin === 'generated' ? '.demo' : '';
  return `jobtide-${tile}-build${build}${filters.map(part).join('')}${demo}.${extension}`;
}

/** Letters of a filter that a file's name has, at most. */
const PART_LIMIT = 40;

/** A filter in a file's name, without what no system takes there. */
function part(filter: string): string {
  const name = filter.replaceAll(/[/\\:*?"<>|.%\p{Cc}]/gu, '_').trim();
  const letters = [...name];
  return `-${letters.length > PART_LIMIT ? `${letters.slice(0, PART_LIMIT).join('')}…` : name}`;
}

/**
 * The figures as shown, numbers without thousands separators, under one row of headings. The last columns
 * say where they are from and until when they go, and in the first row what they are of. A mark at the
 * start tells spreadsheets that it is UTF-8.
 */
export function csvText(
  caption: Caption,
  tables: readonly NamedTable[],
  sideLabel: string,
): string {
  const { source, date, about } = caption.sheet;
  const sided = tables.length > 1;
  const columns = tables[0]?.table.columns ?? [];
  const head = [
    ...(sided ? [sideLabel] : []),
    ...columns.map(({ label }) => label),
    ...[source[0], date[0], about[0]],
  ];
  const rows = tables.flatMap(({ name, table }) =>
    table.rows.map((row) => [
      ...(sided ? [name] : []),
      ...row.map((cell, index) =>
        table.columns[index]?.numeric === true ? plainNumber(cell) : cell,
      ),
    ]),
  );
  const known = rows.map((cells, at) => [...cells, source[1], date[1], at === 0 ? about[1] : '']);
  const lines = [head, ...known].map((cells) => cells.map(csvCell).join(','));
  return `\ufeff${lines.join('\r\n')}\r\n`;
}

function plainNumber(text: string): string {
  return /^-?\d{1,3}(,\d{3})+(\.\d+)?$/.test(text) ? text.replaceAll(',', '') : text;
}

/** With the signs that figures are written with. */
const NUMBER = /^-[\d,]+(\.\d+)?%?$/;

function csvCell(text: string): string {
  const plain = text.replaceAll('\u2060', '').replaceAll(/\s+/g, ' ').trim();
  // A spreadsheet takes such a beginning for a formula, also in full width; a number may begin with a minus.
  const begin = plain.replace(/^[\p{Cf}\s]+/u, '');
  const formula = /^[=+@＝＋－＠]/.test(begin) || (begin.startsWith('-') && !NUMBER.test(plain));
  const safe = formula ? `'${plain}` : plain;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Colours and type as resolved values: a picture has no stylesheet. */
export interface PictureStyle {
  surface: string;
  ink: string;
  soft: string;
  line: string;
  fontFamily: string;
}

export interface PictureBody {
  /** Of the side, where two are compared; else empty. */
  name: string;
  /** A complete drawing, or the figures to be written as a table. */
  content: { svg: string; beside?: readonly string[] } | { table: TableView };
}

export interface LegendMark {
  label: string;
  colour: string;
  /** As the marks of charts/legend.ts; a square without it. */
  shape?: 'tick' | 'interval' | 'hatch' | 'dashed';
  /** 0..1, of a pale mark. */
  opacity?: number;
}

const MARGIN = 24;
const LEAST_WIDTH = 560;
/** Between two drawings, and how wide they may be together. */
const GUTTER = 48;
const SLIDE = 1400;
const TITLE = { size: 18, line: 26 };
const TEXT = { size: 12, line: 18 };

/** One SVG document with everything in it. */
export function pictureSvg(
  caption: Caption,
  legend: readonly LegendMark[],
  bodies: readonly PictureBody[],
  style: PictureStyle,
): string {
  const drawn = bodies.map(({ name, content }) => ({
    name,
    ...('svg' in content
      ? sideBySide([content.svg, ...(content.beside ?? [])].map(embedded))
      : tableSvg(content.table, style)),
  }));
  // Two drawings stand beside each other, as on the page, where that is no wider than a slide.
  const both = drawn.reduce((sum, body) => sum + body.width + GUTTER, -GUTTER);
  const beside =
    drawn.length === 2 && bodies.every(({ content }) => 'svg' in content) && both <= SLIDE;
  const room = Math.max(LEAST_WIDTH, beside ? both : 0, ...drawn.map((body) => body.width));
  const width = room + 2 * MARGIN;
  const parts: string[] = [];
  let y = MARGIN;
  let x = MARGIN;
  let own = room;
  const write = (text: string, { size, line }: typeof TEXT, colour: string, weight = 400) => {
    for (const piece of wrapWords(text, own / size)) {
      y += line;
      parts.push(
        `<text x="${x}" y="${y - (line - size) / 2}" font-size="${size}" font-weight="${weight}" fill="${xml(colour)}">${xml(piece)}</text>`,
      );
    }
  };
  write(caption.title, TITLE, style.ink, 650);
  for (const line of caption.lines) write(line, TEXT, style.soft);
  y += TEXT.line / 2;
  if (legend.length > 0) {
    const { svg, height } = legendSvg(legend, width - 2 * MARGIN, style);
    parts.push(`<g transform="translate(${MARGIN} ${y})">${svg}</g>`);
    y += height + TEXT.line / 2;
  }
  const top = y;
  let bottom = y;
  for (const { name, svg, ...body } of drawn) {
    if (beside) [y, own] = [top, body.width];
    if (name !== '') write(name, TEXT, style.ink, 650);
    parts.push(`<g transform="translate(${x} ${y + 4})">${svg}</g>`);
    y += body.height + TEXT.line;
    bottom = Math.max(bottom, y);
    if (beside) x += body.width + GUTTER;
  }
  [x, y, own] = [MARGIN, bottom, room];
  for (const line of caption.provenance) write(line, TEXT, style.soft);
  const height = Math.ceil(y + MARGIN);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${xml(style.fontFamily)}">` +
    `<rect width="100%" height="100%" fill="${xml(style.surface)}"/>${parts.join('')}</svg>`
  );
}

/** A chart's own document as a part of another one, with the size it says. */
function embedded(svg: string): Drawn {
  const start = svg.slice(svg.indexOf('<svg'), svg.indexOf('>', svg.indexOf('<svg')) + 1);
  const size = (name: string) =>
    Number(new RegExp(`\\s${name}="([\\d.]+)(?:px)?"`).exec(start)?.[1] ?? 0);
  return {
    svg: svg.slice(svg.indexOf('<svg')),
    width: size('width'),
    height: size('height'),
  };
}

interface Drawn {
  svg: string;
  width: number;
  height: number;
}

function sideBySide(drawn: readonly Drawn[]): Drawn {
  const height = Math.max(...drawn.map((one) => one.height));
  let width = -MARGIN;
  const placed = drawn.map((one) => {
    const left = width + MARGIN;
    width = left + one.width;
    if (drawn.length === 1) return one.svg;
    return `<g transform="translate(${left} ${(height - one.height) / 2})">${one.svg}</g>`;
  });
  return { svg: placed.join(''), width, height };
}

function legendSvg(marks: readonly LegendMark[], room: number, style: PictureStyle) {
  let x = 0;
  let y = 0;
  const parts = marks.map((mark) => {
    const { label } = mark;
    const own = swatchWidth(mark) + 6;
    const width = own + 1 + ems(label) * TEXT.size + 18;
    if (x > 0 && x + width > room) {
      x = 0;
      y += TEXT.line;
    }
    const part =
      `<g transform="translate(${x} ${y + 3})">${swatchSvg(mark)}</g>` +
      `<text x="${x + own}" y="${y + 13}" font-size="${TEXT.size}" fill="${xml(style.soft)}">${xml(label)}</text>`;
    x += width;
    return part;
  });
  return { svg: parts.join(''), height: y + TEXT.line };
}

function swatchWidth({ shape }: LegendMark): number {
  return shape === 'dashed' ? 22 : 11;
}

/** A mark of the legend, in a square of 11 or a line of 22. */
function swatchSvg({ colour, shape, opacity = 1 }: LegendMark): string {
  const fill = xml(colour);
  const pale = opacity < 1 ? ` opacity="${opacity}"` : '';
  if (shape === 'tick') return `<rect x="4" y="-2" width="3" height="15" fill="${fill}"/>`;
  if (shape === 'interval') {
    return `<rect x="0.6" y="0.6" width="9.8" height="9.8" fill="none" stroke="${fill}" stroke-width="1.25"/>`;
  }
  if (shape === 'dashed') {
    return `<path d="M0 5.5H22" stroke="${fill}" stroke-width="2.5" stroke-dasharray="6 4"/>`;
  }
  if (shape === 'hatch') {
    return `<path d="M0 4 4 0M0 8 8 0M0 11 11 0M4 11 11 4M8 11 11 8" fill="none" stroke="${fill}" stroke-width="1.5"/>`;
  }
  return `<rect width="11" height="11" rx="2" fill="${fill}"${pale}/>`;
}

const CELL_GAP = 20;
const NAME_WIDTH = 260;

function tableSvg({ columns, rows }: TableView, style: PictureStyle) {
  const texts = [columns.map(({ label }) => label), ...rows];
  const widths = columns.map((_, index) => {
    const widest = Math.max(...texts.map((row) => ems(row[index] ?? '') * TEXT.size));
    return Math.ceil(columns[index]?.numeric === true ? widest : Math.min(widest, NAME_WIDTH));
  });
  const lefts = widths.map((_, index) =>
    widths.slice(0, index).reduce((sum, width) => sum + width + CELL_GAP, 0),
  );
  const width = (lefts.at(-1) ?? 0) + (widths.at(-1) ?? 0);
  const parts = texts.flatMap((row, line) =>
    row.map((text, index) => {
      const numeric = columns[index]?.numeric === true;
      const x = (lefts[index] ?? 0) + (numeric ? (widths[index] ?? 0) : 0);
      return `<text x="${x}" y="${line * 20 + 14}" font-size="${TEXT.size}" text-anchor="${numeric ? 'end' : 'start'}" fill="${xml(line === 0 ? style.soft : style.ink)}">${xml(index === 0 ? shortened(text, NAME_WIDTH / TEXT.size) : text)}</text>`;
    }),
  );
  parts.push(`<path d="M0 20.5H${width}" stroke="${xml(style.line)}"/>`);
  return { svg: parts.join(''), width, height: texts.length * 20 };
}
