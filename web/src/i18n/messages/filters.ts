// The filter bar, chips, the comparison and the link to a view.
import type { Messages } from './language';

export const filters = {
  'filters.label': { ko: '필터', en: 'Filters' },
  'filters.open': { ko: '필터', en: 'Filters' },
  'filters.open.some': { ko: '필터 ({n})', en: 'Filters ({n})' },
  'filters.done': { ko: '닫기', en: 'Done' },
  'filters.show': { ko: '공고 {n}건 보기', en: 'Show {n} {n|posting|postings}' },
  'filters.show.any': { ko: '공고 보기', en: 'Show postings' },
  'filters.more': { ko: '필터 더 보기', en: 'More filters' },
  'filters.chosen': { ko: '선택한 필터', en: 'Selected filters' },
  'filters.clear': { ko: '전체 초기화', en: 'Clear all' },
  'filters.remove': { ko: '{of} {value} 해제', en: 'Remove {of}: {value}' },
  'filters.unknown': { ko: '이 빌드에 없음', en: 'not in this build' },
  'filters.idle': { ko: '이 화면에 적용되지 않음:', en: 'Not applied on this page:' },
  'filters.hint.marks': {
    ko: '막대나 이름을 클릭하면 전체 화면에 필터가 적용됩니다.',
    en: 'Click any bar or name to filter the whole page.',
  },
  'filters.hint.list': {
    ko: '공고를 클릭하면 상세가 열리고, 상세의 값으로 필터를 적용합니다.',
    en: 'Click a posting to open it and to filter by its values.',
  },
  'filters.hint.period': {
    ko: '공고가 아닌 공개 데이터로, 기간 필터만 적용됩니다.',
    en: 'Public data, not postings: only the date filter applies.',
  },
  'filters.hint.terms': {
    ko: '공고가 아닌 공개 데이터로, 기간 필터만 적용됩니다. 막대를 클릭하면 해당 항목의 선만 표시됩니다.',
    en: 'Public data, not postings: only the date filter applies. Click a bar to show only its line.',
  },
  'filters.unread': {
    ko: '주소의 {values} 값은 읽을 수 없어 적용하지 않았습니다.',
    en: 'The address contains {values}, which cannot be read and is ignored.',
  },
  'filters.unread.forget': { ko: '주소에서 삭제', en: 'Remove from the address' },
  'filters.hint.example': {
    ko: '위에서 선택한 필터가 이 화면의 예시에 적용됩니다.',
    en: 'The filters above apply to the example on this page.',
  },
  'filters.none': { ko: '전체 공고', en: 'All postings' },
  'filters.any': { ko: '전체', en: 'all' },
  'filters.said': { ko: '{of}: {value}', en: '{of}: {value}' },
  'filters.versus': { ko: '{a} 대 {b}', en: '{a} vs {b}' },
  'filters.quoted': { ko: '‘{text}’', en: '“{text}”' },
  'filters.text': { ko: '검색어', en: 'Text' },
  'filters.text.titles': { ko: '제목, 키워드 검색', en: 'Search titles and keywords' },
  'filters.text.titles.short': { ko: '제목·키워드', en: 'Search' },
  'filters.text.companies': {
    ko: '제목, 회사, 키워드 검색',
    en: 'Search titles, companies and keywords',
  },
  'filters.text.companies.short': { ko: '제목·회사·키워드', en: 'Search' },
  'filters.period': { ko: '기간', en: 'Date' },
  'filters.period.note.tables': {
    ko: '선택한 기간에 하루라도 포함되는 연도와 주를 표시합니다.',
    en: 'Shows every year and week with at least one day in the date range.',
  },
  'filters.since': { ko: '{day}부터', en: 'since {day}' },
  'filters.until': { ko: '{day}까지', en: 'until {day}' },

  'compare.label': { ko: '비교', en: 'Compare' },
  'compare.swap': { ko: 'A와 B 바꾸기', en: 'Swap A and B' },
  'compare.stop': { ko: '비교 종료', en: 'Stop comparing' },

  'link.title': { ko: '링크', en: 'Link' },
} as const satisfies Messages;
