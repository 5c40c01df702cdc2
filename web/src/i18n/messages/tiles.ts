// The frame of a tile: explanation, exports, empty states.
import type { Messages } from './language';

export const tiles = {
  'tile.table': { ko: '표로 보기', en: 'Show table' },
  'tile.chart': { ko: '그래프로 보기', en: 'Show chart' },
  'tile.explain': { ko: '이 수치는?', en: 'How is this counted?' },
  'tile.explain.close': { ko: '설명 닫기', en: 'Close explanation' },
  'tile.explain.of': { ko: '집계한 공고', en: 'Postings counted' },
  'tile.explain.rows': { ko: '공고 목록 보기', en: 'show the postings' },
  'tile.explain.part': { ko: '그 가운데 {n}건 보기', en: 'show the {n} that count' },
  'tile.explain.data': { ko: '자료', en: 'Data' },
  'tile.explain.open': { ko: 'SQL 화면에서 열기', en: 'Open in the SQL page' },
  'tile.explain.failed': {
    ko: '질의를 불러오지 못했습니다.',
    en: 'The query could not be loaded.',
  },
  'tile.save': { ko: '내려받기', en: 'Download' },
  'tile.save.failed': { ko: '파일을 만들지 못했습니다.', en: 'The file could not be made.' },
  'tile.save.waiting': {
    ko: '그래프가 아직 그려지지 않았습니다.',
    en: 'The chart is not drawn yet.',
  },
  'tile.side': { ko: '선택', en: 'Selection' },
  'tile.embed': { ko: '퍼가기', en: 'Embed' },
  'tile.embed.link': { ko: '이 그림만 보이는 주소', en: 'Link to this tile alone' },
  'tile.embed.frame': { ko: '다른 페이지에 넣는 코드', en: 'Code for another page' },
  'tile.embed.unknown': { ko: '이런 이름의 그림이 없습니다', en: 'There is no tile of this name' },
  'tile.source': { ko: '자료: {name} ({url})', en: 'Source: {name} ({url})' },
  'tile.demo': {
    ko: '데모 데이터: 실제 채용 시장의 수치가 아닙니다',
    en: 'Demo data: the figures do not describe the real market',
  },
  'tile.empty.nothing': {
    ko: '아직 수집된 공고가 없습니다.',
    en: 'No postings have been collected yet.',
  },
  'tile.empty.filters': {
    ko: '선택한 조건에 맞는 공고가 없습니다.',
    en: 'No posting matches the chosen filters.',
  },
  'tile.empty.values': {
    ko: '선택한 공고 가운데 이 그림에 해당하는 것이 없습니다.',
    en: 'None of the chosen postings has what this tile shows.',
  },
  'tile.posting': { ko: '공고', en: 'Posting' },
  'tile.company': { ko: '회사', en: 'Company' },
  'tile.date': { ko: '올린 날', en: 'Posted' },
  'tile.views': { ko: '조회', en: 'Views' },
  'tile.applications': { ko: '지원', en: 'Applications' },
  'tile.more': { ko: '이 밖에 {n}개', en: '{n} more' },
  'tile.mode': { ko: '보기', en: 'View' },
  'tile.mode.grouped': { ko: '공고 수', en: 'Postings' },
  'tile.mode.stacked': { ko: '공고 수', en: 'Postings' },
  'tile.mode.percent': { ko: '비율', en: 'Shares' },
  'tile.mode.multiples': { ko: '나누어', en: 'Apart' },
  'unit.years': { ko: '년', en: 'years' },
} as const satisfies Messages;
