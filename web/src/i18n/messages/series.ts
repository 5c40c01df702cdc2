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

  'series.day': { ko: '날짜', en: 'Day' },
  'series.week': { ko: '주', en: 'Week' },
  'series.month': { ko: '월', en: 'Month' },
  'series.year': { ko: '연도', en: 'Year' },
  'series.n.day': { ko: '{n}일', en: '{n} {n|day|days}' },
  'series.n.week': { ko: '{n}주', en: '{n} {n|week|weeks}' },
  'series.n.month': { ko: '{n}개월', en: '{n} {n|month|months}' },
  'series.n.year': { ko: '{n}년', en: '{n} {n|year|years}' },
  'series.count.day': { ko: '일수', en: 'Days' },
  'series.count.week': { ko: '주 수', en: 'Weeks' },
  'series.count.month': { ko: '개월 수', en: 'Months' },
  'series.count.year': { ko: '연도 수', en: 'Years' },
  'series.share': { ko: '비중', en: 'Share' },
  'series.mean': { ko: '평균 {name}', en: 'Mean {name}' },
  'series.of': { ko: '{name} {of}', en: '{name}, {of}' },
  'series.light': { ko: '{name}(연한 색)', en: '{name} (light)' },
  'series.dark': { ko: '{name}(진한 색)', en: '{name} (dark)' },
  'series.detail': {
    ko: '{whole} {n} · {part} {m} · {rate}',
    en: '{whole} {n} · {part} {m} · {rate}',
  },
  'series.break': {
    ko: '{name}: {date}부터 집계 기준이 달라 이전 값과 비교할 수 없습니다.',
    en: '{name}: counted differently from {date} on. Not comparable with earlier figures.',
  },
  'series.own': {
    ko: '{title}(각 {key}의 최댓값 = 100)',
    en: '{title} (highest value of each {key} = 100)',
  },
  'series.apart': {
    ko: '척도가 서로 달라 선을 비교할 수 없습니다.',
    en: 'The lines have different scales and cannot be compared with each other.',
  },
  'series.scale.all': {
    ko: '100은 모든 {key}·{period} 중 최댓값입니다. 값을 서로 비교할 수 있습니다.',
    en: '100 is the highest value of any {key} in any {period}. Values can be compared with each other.',
  },
  'series.scale.some': {
    ko: '100은 척도가 같은 {key}의 모든 {period} 중 최댓값입니다. 값을 서로 비교할 수 있습니다.',
    en: '100 is the highest value of any {key} on the common scale in any {period}. Values can be compared with each other.',
  },
  'series.scale.own': {
    ko: '100은 각 {key}의 최댓값이므로 서로 다른 {key}의 선을 비교할 수 없습니다.',
    en: '100 is the highest value of each {key} by itself, so different lines cannot be compared with each other.',
  },
  'series.left': { ko: '{key}마다 척도가 달라', en: 'Each {key} has its own scale' },
  'series.unknown': {
    ko: '주소의 {values}에 해당하는 데이터가 없습니다.',
    en: 'There are no figures for {values}, which the address asks for.',
  },
} as const satisfies Messages;
