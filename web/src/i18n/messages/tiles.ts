// The frame of a tile: explanation, exports, empty states.
import type { Messages } from './language';

export const tiles = {
  'tile.table': { ko: '표로 보기', en: 'Show table' },
  'tile.chart': { ko: '그래프로 보기', en: 'Show chart' },
  'tile.explain': { ko: '집계 방법', en: 'How is this counted?' },
  'tile.explain.close': { ko: '설명 닫기', en: 'Close explanation' },
  'tile.explain.of': { ko: '집계 대상', en: 'Postings counted' },
  'tile.explain.rows': { ko: '공고 목록 보기', en: 'show the postings' },
  'tile.explain.part': { ko: '집계된 공고 {n}건 보기', en: 'show the {n} counted' },
  'tile.explain.data': { ko: '데이터', en: 'Data' },
  'tile.explain.open': { ko: 'SQL 화면에서 열기', en: 'Open on the SQL page' },
  'tile.explain.failed': {
    ko: '쿼리를 불러오지 못했습니다.',
    en: 'The query could not be loaded.',
  },
  'tile.save': { ko: '다운로드', en: 'Download' },
  'tile.save.picture': { ko: '이미지 ({format})', en: 'Picture ({format})' },
  'tile.save.failed': { ko: '파일을 만들지 못했습니다.', en: 'The file could not be created.' },
  'tile.side': { ko: '선택', en: 'Selection' },
  'tile.embed': { ko: '퍼가기', en: 'Embed' },
  'tile.embed.link': { ko: '이 차트만 표시하는 링크', en: 'Link to this tile only' },
  'tile.embed.frame': { ko: '다른 페이지에 삽입할 코드', en: 'Embed code' },
  'tile.embed.unknown': {
    ko: '해당 이름의 차트가 없습니다',
    en: 'There is no tile with this name',
  },
  'tile.source': { ko: '출처: {names}', en: 'Source: {names}' },
  'sheet.source': { ko: '출처', en: 'Source' },
  'sheet.date': { ko: '데이터 기준일', en: 'Data date' },
  'sheet.about': { ko: '필터·빌드', en: 'Filters and build' },
  'tile.demo': {
    ko: '데모 데이터: 실제 채용 시장의 수치가 아닙니다',
    en: 'Demo data: the figures do not describe the real market',
  },
  'tile.empty.nothing': {
    ko: '아직 수집된 공고가 없습니다.',
    en: 'No postings have been collected yet.',
  },
  'tile.empty.filters': {
    ko: '조건에 맞는 공고가 없습니다.',
    en: 'No postings match the selected filters.',
  },
  'tile.empty.period': {
    ko: '이 기간의 데이터가 없습니다.',
    en: 'There are no data for these dates.',
  },
  'tile.empty.values': {
    ko: '조건에 맞는 공고 중 이 항목에 해당하는 공고가 없습니다.',
    en: 'No matching posting has a value for this tile.',
  },
  'tile.posting': { ko: '공고', en: 'Posting' },
  'tile.company': { ko: '회사', en: 'Company' },
  'tile.date': { ko: '게시일', en: 'Posted' },
  'tile.views': { ko: '조회', en: 'Views' },
  'tile.applications': { ko: '지원', en: 'Applications' },
  'tile.more': { ko: '외 {n}개', en: '{n} more' },
  'tile.left': {
    ko: '{why} 다음 차트는 표시하지 않습니다: {charts}',
    en: '{why}, so these charts are not shown: {charts}',
  },
  'tile.left.one': {
    ko: '{of} 값을 하나만 선택해',
    en: 'Only one {of} is selected',
  },
  'tile.left.within': {
    ko: '선택한 {of} 값이 모두 같은 {in}에 속해',
    en: 'All selected {of} values are in one {in}',
  },
  'tile.left.data': {
    ko: '조건에 맞는 공고가 모두 데이터 직무여서',
    en: 'All matching postings are data jobs',
  },
  'tile.left.without': {
    ko: '{of} 필터에 {value} 값이 없어',
    en: 'The {of} filter does not include {value}',
  },
  'tile.left.outside': {
    ko: '{of} 필터에 {value}에 속한 값이 없어',
    en: 'The {of} filter includes no value in {value}',
  },
  'tile.mode': { ko: '보기', en: 'View' },
  'tile.mode.grouped': { ko: '공고 수', en: 'Postings' },
  'tile.mode.stacked': { ko: '공고 수', en: 'Postings' },
  'tile.mode.percent': { ko: '비율', en: 'Shares' },
  'tile.mode.multiples': { ko: '나눠 보기', en: 'Split' },
  'unit.years': { ko: '{n}년', en: '{n} {n|year|years}' },
} as const satisfies Messages;
