import { describe, expect, test } from 'vitest';
import { columns } from '../charts/table';
import { createLocale } from '../i18n/locale';
import { exampleBuild } from '../state/example';
import { csvText, fileName, pictureSvg, type Caption } from './exports';
import { provenance, sheetOf } from './provenance';

const en = createLocale('en');
const generated = { ...exampleBuild, origin: 'generated' as const };
const caption: Caption = {
  title: 'Postings by role',
  lines: ['Role: Data engineer · n = 1,234'],
  provenance: provenance(generated, en),
  sheet: sheetOf(generated, ['Postings by role', 'Role: Data engineer'], en),
};
const table = {
  columns: columns('Role', 'Postings', 'Share'),
  rows: [
    ['Data engineer', '1,234', '12.3%'],
    ['=HYPERLINK("x")', '1', '0.1%\u2060–\u20600.2%'],
  ],
};

test('a file is called by tile, build, and demo', () => {
  expect(fileName('roles', 12, 'collected', 'svg')).toBe('jobtide-roles-build12.svg');
  expect(fileName('roles', 12, 'generated', 'csv')).toBe('jobtide-roles-build12.demo.csv');
});

test('where figures come from: demo mark, source, build, day', () => {
  expect(provenance(generated, en)).toEqual([
    'Demo data: the figures do not describe the real market',
    'Source: Saramin (https://www.saramin.co.kr)',
    'Build 12',
    'collected through 11 July 2023 00:00, Korean time',
  ]);
  expect(provenance(exampleBuild, createLocale('ko'))[0]).toBe(
    '출처: 사람인 (https://www.saramin.co.kr)',
  );
});

describe('CSV', () => {
  const about = 'Postings by role · Role: Data engineer · Build 12';

  test('has one row of headings, and says what it is in its last columns', () => {
    const text = csvText(caption, [{ name: '', table }], 'Selection');
    expect(text.split('\r\n')).toEqual([
      '\ufeffRole,Postings,Share,Source,Data date,Filters and build',
      `Data engineer,1234,12.3%,Saramin (Demo data),2023-07-11,${about}`,
      '"\'=HYPERLINK(""x"")",1,0.1%–0.2%,Saramin (Demo data),2023-07-11,',
      '',
    ]);
  });

  test('names the side of each row when two are compared', () => {
    const tables = ['A · Seoul', 'B · Busan, Ulsan'].map((name) => ({ name, table }));
    const lines = csvText(caption, tables, 'Selection').split('\r\n');
    expect(lines[0]).toMatch(/^\ufeffSelection,Role,Postings,Share,Source/);
    expect(lines[3]).toMatch(/^"B · Busan, Ulsan",Data engineer,1234,12.3%,Saramin/);
  });

  test('a line break in a value begins no line of its own, and full-width signs no formula', () => {
    const rows = ['a\nrole', '＝1+1', '＠sum', '\u200b=1', '-1', '- 1'].map((cell) => [cell]);
    const text = csvText(caption, [{ name: '', table: { columns: columns('x'), rows } }], '');
    const cells = text.split('\r\n').map((line) => line.split(',')[0]);
    expect(cells.slice(1, -1)).toEqual(['a role', "'＝1+1", "'＠sum", "'\u200b=1", '-1', "'- 1"]);
  });

  test.each([
    '\u200b ',
    '\u200b \u200b',
    '\u00ad',
    '\u061c',
    '\u2066',
    '\u2067 ',
    '\u2068',
    '\u2069',
  ])('invisible characters %j before a sign hide no formula', (hidden) => {
    const rows = ['=1', '＠sum', '-1'].map((cell) => [`${hidden}${cell}`]);
    const text = csvText(caption, [{ name: '', table: { columns: columns('x'), rows } }], '');
    const cells = text.split('\r\n').map((line) => line.split(',')[0]);
    expect(cells.slice(1, -1)).toEqual(rows.map(([cell]) => `'${cell}`));
  });

  test('is named by its filters, without what no system takes in a name', () => {
    expect(fileName('roles', 3, 'collected', 'csv', ['데이터 엔지니어', 'C/C++: "a"'])).toBe(
      'jobtide-roles-build3-데이터 엔지니어-C_C++_ _a_.csv',
    );
    const long = fileName('roles', 3, 'collected', 'csv', ['x'.repeat(90)]);
    expect(long).toBe(`jobtide-roles-build3-${'x'.repeat(40)}….csv`);
  });
});

describe('a picture', () => {
  const style = { surface: '#fff', ink: '#000', soft: '#555', line: '#ccc', fontFamily: '"A", b' };
  const chart = '<svg width="700" height="300" xmlns="http://www.w3.org/2000/svg"><path/></svg>';
  const svg = pictureSvg(
    { ...caption, title: 'Roles <b>& more' },
    [{ label: 'Data', colour: 'rgb(1, 2, 3)' }],
    [
      { name: 'A · <script>', content: { svg: chart } },
      { name: 'B', content: { table } },
    ],
    style,
  );

  test('carries title, filters, source, build, day and demo mark as text', () => {
    const texts = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
    const said = texts.join('\n');
    for (const part of [
      'Roles &lt;b&gt;&amp; more',
      'Role: Data engineer',
      'Demo data: the figures do not describe the real market',
      'Source: Saramin',
      'Build 12',
      'collected through 11 July 2023',
      'Data',
      '1,234',
    ]) {
      expect(said).toContain(part);
    }
  });

  test('is as wide as its drawing, which it holds once', () => {
    expect(svg).toMatch(/^<svg [^>]*width="748"/);
    expect(svg.match(/<path\/>/g)).toHaveLength(1);
  });

  test('has the legend in marks of their kinds', () => {
    const colour = 'rgb(9, 9, 9)';
    const marks = ([undefined, 'tick', 'interval', 'hatch', 'dashed'] as const).map((shape) => ({
      label: shape ?? 'square',
      colour,
      ...(shape === undefined ? {} : { shape }),
    }));
    const drawn = [...marks, { label: 'pale', colour, opacity: 0.4 }].map((mark) =>
      pictureSvg(caption, [mark], [], style).replace(mark.label, ''),
    );
    expect(new Set(drawn).size).toBe(drawn.length);
    expect(drawn[4]).toContain('stroke-dasharray');
    expect(drawn[5]).toContain('opacity="0.4"');
  });

  test('has what stands beside a drawing beside it', () => {
    const bars = chart.replace('700', '300').replace('<path/>', '<circle/>');
    const both = pictureSvg(
      caption,
      [],
      [{ name: '', content: { svg: chart, beside: [bars] } }],
      style,
    );
    expect(both).toMatch(/^<svg [^>]*width="1072"/);
    expect(both.indexOf('<path/>')).toBeLessThan(both.indexOf('<circle/>'));
  });

  test('has two narrow drawings beside each other, and two wide ones below', () => {
    const of = (width: number) =>
      pictureSvg(
        caption,
        [],
        ['A · first', 'B · second'].map((name) => ({
          name,
          content: { svg: chart.replace('700', String(width)) },
        })),
        style,
      );
    const places = (svg: string) =>
      [...svg.matchAll(/<text x="(\d+)" y="([\d.]+)"[^>]*>(?:A|B) · /g)].map(([, ...at]) => at);
    const narrow = of(500);
    expect(narrow).toMatch(/^<svg [^>]*width="1096"/);
    const [[a, top] = [], [b, same] = []] = places(narrow);
    expect([a, b, top === same]).toEqual(['24', '572', true]);
    const [[c, first] = [], [d, second] = []] = places(of(700));
    expect([c, d]).toEqual(['24', '24']);
    expect(Number(second) - Number(first)).toBeGreaterThan(300);
    // What follows stands below both.
    const after = /<text x="24" y="([\d.]+)"[^>]*>Build 12/.exec(narrow)?.[1];
    expect(Number(after)).toBeGreaterThan(Number(top) + 300);
  });

  test('takes no text for markup', () => {
    expect(svg).not.toContain('<script>');
    expect(svg).toContain('font-family="&quot;A&quot;, b"');
  });
});
