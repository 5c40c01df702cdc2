// Tiles of published tables.
import type { Messages } from './language';

export const series = {
  'chart.none': { ko: '이 기간에는 데이터가 없습니다.', en: 'No data in this period.' },
  'data.range': { ko: '{from}~{to} 데이터', en: 'data from {from} to {to}' },
  'data.until': { ko: '{date}까지의 자료', en: 'Data to {date}' },
  'data.until.of': { ko: '{names}: {date}까지의 자료', en: '{names}: data to {date}' },
  'data.until.name': { ko: '{name} ({date}까지)', en: '{name} (to {date})' },
  'data.until.year': { ko: '{year}년', en: '{year}' },
  'tables.failed': { ko: '테이블을 불러오지 못했습니다.', en: 'The table could not be loaded.' },
} as const satisfies Messages;
