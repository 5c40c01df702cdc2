import { describe, expect, test } from 'vitest';
import { within } from '../within';
import Card from './Card.svelte';
import DetailBody from './DetailBody.svelte';
import EmptyList from './EmptyList.svelte';
import { exampleDetail, exampleRow, HOSTILE, hostileRow, exampleColumns } from './example';
import GridHeader from './GridHeader.svelte';
import Postings from './Postings.svelte';
import { NEWEST_FIRST, orderedBy } from './order';
import Row from './Row.svelte';
import SortChoice from './SortChoice.svelte';
import TopList from './TopList.svelte';

const ESCAPED = '&lt;img src=x onerror=alert(1)>';
const day = '2023-07-11';
const cell = { id: 'x', href: '/sub/postings?posting=2', day, onopen: () => {} };

describe('the page', () => {
  test('holds what the address says', async () => {
    const page = await within(Postings, {}, 'postings?role=de&q=Java&sort=views&lang=en');
    expect(page).toContain('value="Java"');
    expect(page).toContain('Find postings');
    const query = 'role=de&amp;q=Java&amp;sort=views&amp;order=desc';
    expect(page).toContain(`href="api/v1/postings.csv?${query}&amp;lang=en"`);
    expect(page).toContain(`href="api/v1/postings.parquet?${query}&amp;lang=en"`);
  });

  test('gives files of open postings where it lists only those', async () => {
    const page = await within(Postings, {}, 'postings?sort=expiration_date&lang=en');
    const query = 'status=open&amp;status=assumed&amp;sort=expiration_date&amp;order=asc';
    expect(page).toContain(`href="api/v1/postings.csv?${query}&amp;lang=en"`);
  });

  test('has a place for everything before anything is there', async () => {
    const page = await within(Postings, {}, 'postings');
    expect(page).toContain('공고를 검색하는 중입니다');
    expect(page.match(/<ol/g)).toHaveLength(2);
    expect(page).not.toContain('<dialog');
  });

  test('lets one choose the side of a comparison', async () => {
    expect(await within(Postings, {}, 'postings?vs.role=de')).toContain('비교 B');
    expect(await within(Postings, {}, 'postings')).not.toContain('비교 B');
  });
});

test('orders are called by what comes first', async () => {
  const names = async (order: typeof NEWEST_FIRST) =>
    [
      ...(await within(SortChoice, { order, onsort: () => {} })).matchAll(/<option[^>]*>([^<]*)</g),
    ].map(([, name]) => name);
  const offered = await names(NEWEST_FIRST);
  expect(offered).toEqual(expect.arrayContaining(['최신순', '마감임박순', '조회수순', '지원수순']));
  const turned = await names(orderedBy(NEWEST_FIRST, 'posting_date'));
  expect(turned).toEqual(['오래된순', ...offered.slice(1)]);
});

test('what no posting has is no choice of order', async () => {
  const shown = await within(SortChoice, {
    order: NEWEST_FIRST,
    absent: ['applications', 'company'],
    onsort: () => {},
  });
  expect(shown).toContain('조회수순');
  expect(shown).not.toContain('지원수순');
  expect(shown).not.toContain('회사명순');
});

describe('a row', () => {
  test('has a cell for each column, labels in the reader’s language', async () => {
    const row = await within(
      Row,
      { ...cell, row: exampleRow, columns: exampleColumns, active: null },
      '?lang=en',
    );
    expect(row.match(/role="gridcell"/g)).toHaveLength(exampleColumns.length);
    expect(row).toContain('<bdi>Back end</bdi>');
    expect(row).toContain('<bdi>Seoul</bdi>');
    expect(row).toContain('<bdi>강남구</bdi>');
    expect(row).toContain('+1');
    expect(row).toContain('1,204');
    expect(row).toContain('lang="ko"');
  });

  test('keeps its place while it is on the way', async () => {
    const props = { ...cell, row: undefined, columns: exampleColumns, active: null };
    expect((await within(Row, props)).match(/class="skeleton/g)).toHaveLength(
      exampleColumns.length,
    );
  });

  test('holds nothing to click but itself', async () => {
    const props = { ...cell, row: exampleRow, columns: exampleColumns, active: null };
    expect(await within(Row, props)).not.toContain('<button');
  });

  test('shows the value that was asked for, not another one of the posting', async () => {
    const several = {
      ...exampleRow,
      roles: ['ds', 'de'],
      provinces: ['서울', '경기'],
      districts: ['서울 강남구', '경기 성남시 분당구'],
    };
    const props = { ...cell, row: several, columns: exampleColumns, active: null };
    const province = encodeURIComponent('경기');
    const row = await within(Row, props, `?role=de&province=${province}&lang=en`);
    expect(row).toContain('<bdi>Data engineer</bdi>');
    expect(row).toContain('<bdi>성남시 분당구</bdi>');
    expect(await within(Row, { ...props, side: 'b' }, '?role=ds&vs.role=de&lang=en')).toContain(
      '<bdi>Data engineer</bdi>',
    );
    const card = await within(
      Card,
      { ...cell, row: several, active: false },
      `?province=${province}`,
    );
    expect(card).toContain('경기 성남시 분당구');
  });

  test('and a card, a list of the most and the posting leave out a company that is not known', async () => {
    const unnamed = { ...exampleRow, company: null };
    const tile = { kind: 'postings' as const, n: 1, rows: [unnamed] };
    for (const shown of [
      await within(Row, {
        ...cell,
        row: unnamed,
        columns: exampleColumns.filter(({ key }) => key !== 'company'),
        active: null,
      }),
      await within(Card, { ...cell, row: unnamed, active: false }),
      await within(DetailBody, { detail: { ...exampleDetail, row: unnamed }, day, titleId: 't' }),
      await within(TopList, {
        title: 'x',
        column: 'views',
        tile,
        hrefOf: () => '',
        onopen: () => {},
      }),
    ]) {
      expect(shown.replaceAll(/<!--.*?-->|<[^>]*>/g, '')).not.toMatch(/–\s*·|·\s*–|·\s*$/);
    }
  });
});

describe('whether it is still open', () => {
  const over = { ...exampleRow, expiration_date: '2023-07-10' };
  const undated = { ...exampleRow, expiration_date: null };

  test.each([
    ['is said of an open posting', exampleRow, 'open', '진행 중'],
    ['is said of one that is over', over, 'closed', '마감됨'],
    ['is said of one without a closing date', undated, 'undated', '마감일 없음'],
  ] as const)('%s, in a row, a card and beside the list', async (_, row, standing, word) => {
    const detail = { ...exampleDetail, row };
    for (const shown of [
      await within(Row, { ...cell, row, columns: exampleColumns, active: null }),
      await within(Card, { ...cell, row, active: false }),
      await within(DetailBody, { detail, day, titleId: 't' }),
    ]) {
      expect(shown.match(/data-standing="\w+"/g)).toEqual([`data-standing="${standing}"`]);
      expect(shown).toContain(`>${word}</span>`);
      if (row.expiration_date !== null) expect(shown).toContain(row.expiration_date);
    }
  });

  test('is not said where the data date is not known', async () => {
    const props = { ...cell, day: null, row: exampleRow, columns: exampleColumns, active: null };
    const row = await within(Row, props);
    expect(row).not.toContain('data-standing');
    expect(row).toContain('2023-07-31');
  });

  test.each([
    ['without a closing date', undated, 'It was found closed on 2023-07-09'],
    ['before its closing date', exampleRow, 'count such postings as open until their closing date'],
    ['after its closing date', over, 'The closing date has passed'],
  ])('is over where it was found closed %s', async (_, row, words) => {
    const fields = [...exampleDetail.fields, { name: 'inactive_date', value: '2023-07-09' }];
    const detail = { ...exampleDetail, row, fields };
    const shown = await within(DetailBody, { detail, day, titleId: 't' }, '?lang=en');
    expect(shown).toContain('data-standing="closed"');
    expect(shown).toContain(words);
  });
});

describe('hostile text', () => {
  test.each([
    ['a row', () => within(Row, { ...cell, row: hostileRow, columns: exampleColumns, active: 1 })],
    ['a card', () => within(Card, { ...cell, row: hostileRow, active: false })],
    [
      'a posting',
      () =>
        within(DetailBody, {
          titleId: 't',
          day,
          detail: {
            ...exampleDetail,
            row: hostileRow,
            fields: [
              { name: HOSTILE, value: HOSTILE },
              { name: 'url', value: 'javascript:alert(1)' },
            ],
            versions: exampleDetail.versions.map((version) => ({ ...version, title: HOSTILE })),
          },
        }),
    ],
  ])('is never more than text in %s', async (_, shown) => {
    const markup = await shown();
    expect(markup).toContain(ESCAPED);
    expect(markup).not.toContain('<img');
    expect(markup).not.toContain('</script>');
    expect(markup).not.toContain('href="javascript:');
    expect(markup).toContain('<bdi>');
  });
});

describe('a posting', () => {
  test('links to its source without telling where the reader comes from', async () => {
    const detail = await within(DetailBody, { detail: exampleDetail, day, titleId: 't' });
    expect(detail).toContain(
      `href="${exampleRow.url}" target="_blank" rel="noopener noreferrer external"`,
    );
    expect(detail).toContain('saramin.co.kr에서 원문 보기');
  });

  test('says education and salary before its keywords, each value to filter by', async () => {
    const fields = [
      { name: 'education_level', value: '학력무관' },
      { name: 'salary', value: '4,000~5,000만원' },
      { name: 'close_type', value: '채용시' },
    ];
    const row = { ...exampleRow, expiration_date: null, views: null, applications: null };
    const detail = { ...exampleDetail, row, fields };
    const shown = await within(DetailBody, { detail, day, titleId: 't' });
    const facts = shown.slice(0, shown.indexOf('</dl>'));
    expect(facts.indexOf('학력무관')).toBeGreaterThan(0);
    expect(facts.indexOf('학력무관')).toBeLessThan(facts.indexOf('4,000~5,000만원'));
    expect(facts.indexOf('4,000~5,000만원')).toBeLessThan(facts.indexOf('Spring'));
    expect(facts).toContain('채용시');
    expect(facts).not.toContain('<dd>–</dd>');
    expect(facts.match(/<button/g)?.length).toBeGreaterThan(6);
  });

  test('that was generated has no original', async () => {
    const detail = { ...exampleDetail, origin: 'generated' as const };
    const shown = await within(DetailBody, { detail, day, titleId: 't' });
    expect(shown).toContain('원문이 없습니다');
    expect(shown).not.toContain('<a');
    expect(shown).toContain(`<bdi>${exampleRow.url}</bdi>`);
  });

  test('shows every field, known or not, and each time it was seen', async () => {
    const detail = await within(
      DetailBody,
      {
        titleId: 't',
        day,
        detail: {
          ...exampleDetail,
          fields: [...exampleDetail.fields, { name: 'later_added', value: 'x' }],
        },
      },
      '?lang=en',
    );
    expect(detail).toContain('later_added');
    expect(detail).toContain('Collection history');
    expect(detail).toContain('11 Jul 2023 00:00');
    expect(detail).toContain('>Open<');
  });

  test('out of scope says so', async () => {
    const detail = { ...exampleDetail, row: null };
    expect(await within(DetailBody, { detail, day, titleId: 't' })).toContain(
      '분석 범위 밖의 공고',
    );
  });
});

test('headings say how the list is sorted', async () => {
  const props = {
    columns: exampleColumns,
    order: { sort: 'views', direction: 'desc' } as const,
    onsort: () => {},
  };
  const header = await within(GridHeader, props);
  expect(header.match(/aria-sort="descending"/g)).toHaveLength(1);
  expect(header.match(/aria-sort="none"/g)).toHaveLength(6);
});

describe('an empty list', () => {
  test('offers ways out', async () => {
    const both = await within(EmptyList, { of: 1000, known: true }, '?q=x&role=de');
    expect(both).toContain('검색어만 지우기');
    expect(both).toContain('필터 전체 초기화');
    expect(both).toContain('1,000');
  });

  test('says where nothing is known of the days, instead of what matches', async () => {
    const unknown = await within(EmptyList, { of: 1000, known: false }, '?lang=en&from=2019-01-01');
    expect(unknown).toContain('There are no data for these dates.');
    expect(unknown).not.toContain('No postings match');
    expect(unknown).not.toContain('1,000');
  });

  test('of open postings alone says that closed ones are left out', async () => {
    const unfiltered = await within(EmptyList, { of: 1000, known: true, openOnly: true }, '');
    expect(unfiltered).toContain('진행 중 공고가 없습니다');
    expect(unfiltered).not.toContain('분석 범위에 공고가 없습니다');
    const filtered = await within(EmptyList, { of: 1000, known: true, openOnly: true }, '?role=de');
    expect(filtered).toContain('필터 전체 초기화');
    expect(filtered).not.toContain('1,000');
  });

  test('of nothing at all has none to offer', async () => {
    expect(await within(EmptyList, { of: 0, known: true }, '')).not.toContain('<button');
  });
});
