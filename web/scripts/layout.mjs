// Tiles and pages from the files in ../pipeline, in the shape in which the server writes them into the page:
// for `npm run dev`, where no server does so, and for tests. What is wrong in the files only the server says.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'smol-toml';

const PIPELINE = fileURLToPath(new URL('../../pipeline/', import.meta.url));
const read = (path) => parse(readFileSync(`${PIPELINE}${path}`, 'utf8'));
const KINDS = ['value', 'groups', 'cross'];
const LOOKS = { value: 'figure', groups: 'bars', cross: 'grouped', flow: 'flow', postings: 'list' };

export function productLayout() {
  const { measures } = read('measures.toml');
  const { series, ...file } = read('tiles.toml');
  const tiles = Object.entries(file.tiles).map(([name, tile]) => {
    const { by = [], kind = KINDS[by.length], measure = null } = tile;
    const given = (key) => Object.fromEntries(Object.entries(tile[key] ?? {}));
    return {
      name,
      label_ko: tile.label_ko ?? measures[measure]?.label_ko ?? '',
      label_en: tile.label_en ?? measures[measure]?.label_en ?? '',
      subtitle_ko: tile.subtitle_ko ?? '',
      subtitle_en: tile.subtitle_en ?? '',
      ...{ measure, by, kind, look: tile.look ?? LOOKS[kind] },
      alternative: tile.alternative ?? null,
      expected: tile.expected ?? [],
      whole: tile.whole ?? false,
      shares_of: tile.shares_of ?? 'tile',
      where: given('where'),
      parents: given('parents'),
      column: tile.column ?? null,
      table: series[tile.series]?.table ?? null,
      series: tile.series ?? null,
      values: given('values'),
      except: given('except'),
      choice: tile.choice === undefined ? null : { follows: false, ...tile.choice },
      pick: tile.pick ?? null,
    };
  });
  const pages = readdirSync(`${PIPELINE}pages`)
    .map((file) => [file.slice(0, -'.toml'.length), read(`pages/${file}`)])
    .sort(([, one], [, other]) => one.position - other.position)
    .map(([name, page]) => ({
      name,
      label_ko: page.label_ko,
      label_en: page.label_en,
      title_ko: page.title_ko ?? page.label_ko,
      title_en: page.title_en ?? page.label_en,
      lede_ko: page.lede_ko ?? '',
      lede_en: page.lede_en ?? '',
      rows: page.rows.map((row) => row.map(cell)),
    }));
  return { tiles, pages };
}

/** How published tables are read, which only the definitions say. */
export function productSeries() {
  const none = ['names_in', 'of', 'common', 'breaks', 'source'].map((key) => [key, null]);
  const empty = ['of', 'rate', 'note'].flatMap((key) => [`${key}_ko`, `${key}_en`]);
  const maps = ['labels', 'sources'].flatMap((key) => [`${key}_ko`, `${key}_en`]);
  return Object.entries(read('tiles.toml').series).map(([name, series]) => ({
    name,
    ...Object.fromEntries(none),
    ...Object.fromEntries(empty.map((key) => [key, ''])),
    ...Object.fromEntries(maps.map((key) => [key, {}])),
    ...{ names: [], breaks_on: [] },
    ...series,
  }));
}

/**
 * The columns of postings, from the one list of them, in Rust: its calls are evaluated as they are. Columns
 * that a dimension names have no labels here.
 */
export function productColumns() {
  const rust = new URL('../../crates/explore/src/columns.rs', import.meta.url);
  const list =
    /POSTING_COLUMNS: [^=]*= &(\[[^]*?\n\]);/.exec(readFileSync(rust, 'utf8'))?.[1] ?? '';
  const text = (name, labels) => ({
    ...{ name, dimension: null, kind: 'text', label_ko: labels[0], label_en: labels[1] },
    ...{ short_ko: labels[0], short_en: labels[1], sort: true },
    ...{ list: null, detail: null, sheet: null },
  });
  const calls = {
    text,
    of: (name, dimension) => ({ ...text(name, ['', '']), dimension, kind: 'values', sort: false }),
    at: (column, list, detail, sheet) => ({
      ...column,
      ...{ list: list || null, detail: detail || null, sheet: sheet || null },
    }),
    short: (column, [ko, en]) => ({ ...column, short_ko: ko, short_en: en }),
    kind: (column, kind) => ({ ...column, kind }),
    PostingKind: { Text: 'text', Values: 'values', Day: 'day', Number: 'number' },
  };
  const body = `return ${list.replaceAll('::', '.')};`;
  return new Function(...Object.keys(calls), body)(...Object.values(calls));
}

function cell({ width = 12, own_height = false, block = null, tile, tiles, ...shown }) {
  const names = tiles ?? (tile === undefined ? [] : [tile]);
  return { width, own_height, block, tiles: names.map((name) => ({ name, ...shown })) };
}

/** Vite plugin that writes them into the page as the server does. */
export function layout() {
  return {
    name: 'layout',
    apply: 'serve',
    transformIndexHtml: () => [
      {
        tag: 'script',
        attrs: { type: 'application/json', id: 'layout' },
        children: JSON.stringify(productLayout()).replaceAll('<', '\\u003c'),
      },
    ],
  };
}
