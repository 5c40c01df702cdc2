// The page of skills.
import type { Messages } from './language';

export const skills = {
  'skills.lede': {
    ko: '공고에 달린 키워드를 센 것입니다. 구간이 겹치는 키워드는 순위를 하나로 정할 수 없어 ‘3\u2060–\u20605’처럼 범위로 적었고, 키워드를 누르면 그 키워드가 있는 공고만 남습니다.',
    en: 'Keywords by the postings that carry them. Where intervals overlap the rank is a range, such as 3\u2060–\u20605; choosing a keyword leaves only postings with it.',
  },
  'skills.all.title': { ko: '전체 키워드', en: 'All keywords' },
  'skills.all.subtitle': {
    ko: '선택한 공고 가운데 키워드가 붙은 공고의 수와 비율. 막대 위의 상자는 95% 신뢰구간입니다.',
    en: 'Postings with the keyword and their share; the box on a bar is the 95% interval. Keywords as the source names them, in Korean.',
  },
  'skills.data.title': { ko: '데이터 직무의 상위 30개 키워드', en: 'Top 30 keywords of data jobs' },
  'skills.data.subtitle': {
    ko: '여러 직무에 속한 공고는 직무마다 세므로, 쌓은 막대는 중복 없는 공고 수(세로선과 막대 뒤의 수)보다 깁니다. 비율로 보면 세 직무에서 센 수의 합이 100%입니다.',
    en: 'A posting with several roles counts in each, so a stacked bar runs past its distinct postings (the tick, and the figure behind the bar). As shares, the three roles’ counts together are 100%.',
  },
} as const satisfies Messages;
