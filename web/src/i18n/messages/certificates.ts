// Certificates and their exams.
import type { Messages } from './language';

export const certificates = {
  'certificates.break': {
    ko: '{name}: {year}년부터 집계 대상이 달라 이전 값과 비교할 수 없습니다.',
    en: '{name}: from {year} a different group of people is counted. Not comparable with earlier years.',
  },
  'certificates.from.team_report_2023': {
    ko: '2023년 팀 보고서 그래프',
    en: 'charts of a 2023 team report',
  },
  'certificates.from.kosis_2019_2023': {
    ko: 'KOSIS 국가기술자격통계',
    en: 'KOSIS, statistics of national technical qualifications',
  },
  'certificates.from.secondary_2022_2024': {
    ko: '2차 자료 모음(2022–2024)',
    en: 'a secondary collection (2022–2024)',
  },
  'certificates.source': {
    ko: '연도별 출처와 신뢰도는 테이블 visual_tables.certifications의 source, confidence 열에 있습니다.',
    en: 'The columns source and confidence of the table visual_tables.certifications give both for each figure.',
  },
  'cert.linux2': { ko: '리눅스마스터 2급', en: 'Linux Master 2' },
  'cert.linux1': { ko: '리눅스마스터 1급', en: 'Linux Master 1' },
  'cert.adsp': { ko: 'ADsP', en: 'ADsP' },
  'cert.adp': { ko: 'ADP', en: 'ADP' },
  'cert.sqld': { ko: 'SQLD', en: 'SQLD' },
  'cert.sqlp': { ko: 'SQLP', en: 'SQLP' },
  'cert.gisa_info': { ko: '정보처리기사', en: 'Information Processing' },
  'cert.gisa_bigdata': { ko: '빅데이터분석기사', en: 'Big Data Analysis' },

  'exams.year': { ko: '연도', en: 'Year' },
  'exams.take': { ko: '응시자(연한 색)', en: 'Test-takers (light)' },
  'exams.pass': { ko: '합격자(진한 색)', en: 'Passed (dark)' },
  'exams.take.of': { ko: '{name} 응시자', en: '{name}, test-takers' },
  'exams.pass.of': { ko: '{name} 합격자', en: '{name}, passed' },
  'exams.rate.of': { ko: '{name} 합격률', en: '{name}, pass rate' },
  'exams.detail': {
    ko: '응시 {take} · 합격 {pass} · {rate}',
    en: '{take} {take|test-taker|test-takers} · {pass} passed · {rate}',
  },
} as const satisfies Messages;
