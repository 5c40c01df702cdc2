// The SQL console.
import type { Messages } from './language';

export const sql = {
  'sql.title': { ko: 'SQL 조회', en: 'Query with SQL' },
  'sql.lede': {
    ko: '게시된 빌드의 모든 테이블을 조회할 수 있습니다. 읽기 전용이며 시간과 메모리에 제한이 있습니다.',
    en: 'Query every table of the published build. Read-only, with limits on time and memory.',
  },
  'sql.editor': { ko: 'SQL 쿼리(한 문장)', en: 'SQL query (one statement)' },
  'sql.editor.hint': {
    ko: 'Ctrl+Enter(Mac은 ⌘+Enter)로 실행합니다. DataFusion SQL이며 PostgreSQL과 비슷합니다.',
    en: 'Press Ctrl+Enter (⌘+Enter on a Mac) to run. The dialect is DataFusion SQL, close to PostgreSQL.',
  },
  'sql.run': { ko: '실행', en: 'Run' },
  'sql.cancel': { ko: '취소', en: 'Cancel' },
  'sql.running': { ko: '실행 중입니다', en: 'Running' },
  'sql.cancelled': { ko: '취소했습니다.', en: 'Cancelled.' },
  'sql.build': { ko: '빌드 {build} 기준', en: 'Querying build {build}' },
  'sql.build.newer': {
    ko: '빌드 {build}이(가) 새로 게시되었습니다. 결과를 서로 비교할 수 있도록 처음 조회한 빌드를 계속 사용합니다.',
    en: 'Build {build} is published. Queries keep using the first build, so that results stay comparable.',
  },
  'sql.build.use': { ko: '새 빌드로 조회', en: 'Query the newer build' },
  'sql.fromlink': {
    ko: '주소에 포함된 SQL입니다. 확인한 뒤 실행하세요.',
    en: 'This SQL comes from the address. Read it before you run it.',
  },

  'sql.link': { ko: '링크 복사', en: 'Copy link' },
  'sql.link.label': { ko: '이 SQL이 포함된 링크', en: 'Link with this SQL' },
  'sql.link.long': {
    ko: 'SQL이 너무 길어 링크로 만들 수 없습니다. 주소가 {n}자가 되며 최대 {most}자까지 가능합니다. SQL을 직접 복사해 공유하세요.',
    en: 'The SQL is too long for a link: the address would have {n} characters, and the limit is {most}. Copy the SQL itself instead.',
  },
  'sql.link.note': {
    ko: '링크를 열면 SQL이 입력되어 있으며 자동으로 실행되지는 않습니다.',
    en: 'The link opens with the SQL in the editor. It does not run by itself.',
  },

  'sql.chosen': {
    ko: '선택한 필터에 해당하는 공고를 직무별로 집계하는 SQL:',
    en: 'SQL that counts the postings of the filters above by role:',
  },
  'sql.examples': { ko: '예시 쿼리', en: 'Examples' },
  'sql.example.roles': { ko: '직무별 공고 수', en: 'Postings by role' },
  'sql.example.keywords': {
    ko: '데이터 엔지니어 공고의 주요 키워드',
    en: 'Top keywords of data engineers',
  },
  'sql.example.years': {
    ko: '직무별 최소 경력 중앙값(경력직)',
    en: 'Median minimum years by role (experienced)',
  },
  'sql.example.months': { ko: '월별 게시 공고', en: 'Postings by month' },
  'sql.example.seoul': { ko: '직무별 서울 비율', en: 'Share of Seoul by role' },
  'sql.example.together': {
    ko: 'Python과 함께 등록된 키워드',
    en: 'Skills listed together with Python',
  },
  'sql.example.open': {
    ko: '직무별 게시 기간 중앙값',
    en: 'Median days open, by role',
  },
  'sql.example.active': {
    ko: '일별 진행 중 데이터 직무 공고',
    en: 'Active data-job postings by day',
  },
  'sql.example.versions': {
    ko: '내용이 가장 많이 바뀐 공고',
    en: 'Postings whose content changed most',
  },
  'sql.example.collected': { ko: '수집 내역', en: 'Collection history' },
  'sql.example.quarantine': {
    ko: '읽지 못해 격리한 기록(사유별)',
    en: 'Records in quarantine, by reason',
  },

  'sql.history': { ko: '실행 기록', en: 'History' },
  'sql.history.none': { ko: '실행 기록이 없습니다.', en: 'No queries yet.' },
  'sql.history.note': {
    ko: '최근 {n}개를 이 브라우저에만 저장합니다.',
    en: 'The last {n}, stored in this browser only.',
  },
  'sql.history.clear': { ko: '전체 삭제', en: 'Clear' },

  'sql.tables': { ko: '테이블과 열', en: 'Tables and columns' },
  'sql.tables.filter': { ko: '테이블, 열, 설명 검색', en: 'Search tables, columns, descriptions' },
  'sql.tables.none': { ko: '일치하는 테이블이 없습니다.', en: 'No table matches.' },
  'sql.tables.failed': {
    ko: '테이블 목록을 불러오지 못했습니다.',
    en: 'The list of tables could not be loaded.',
  },
  'sql.tables.rows': { ko: '{n}행', en: '{n} {n|row|rows}' },
  'sql.tables.grain': { ko: '행 단위: {columns}', en: 'One row per: {columns}' },
  'sql.tables.insert': { ko: '{name} 삽입', en: 'Insert {name}' },
  'sql.tables.insert.name': { ko: '테이블 이름 삽입', en: 'Insert table name' },

  'sql.result': { ko: '결과', en: 'Result' },
  'sql.result.rows': { ko: '{n}행 · {time}', en: '{n} {n|row|rows} · {time}' },
  'sql.result.build': { ko: '빌드 {build}', en: 'build {build}' },
  'sql.result.drawn': {
    ko: '처음 {drawn}행만 표시합니다. 나머지는 파일에 있습니다.',
    en: 'Only the first {drawn} rows are shown here. Files contain the rest.',
  },
  'sql.result.cut': {
    ko: '{n}행까지만 가져왔으며 결과가 더 있습니다. 파일에는 {file}행까지 포함됩니다.',
    en: 'Cut off after {n} {n|row|rows}; there are more. Files contain up to {file}.',
  },
  'sql.result.none': {
    ko: '결과가 없습니다. 쿼리는 정상적으로 실행되었습니다.',
    en: 'No rows. The query ran without errors.',
  },
  'sql.result.null': { ko: '값 없음', en: 'null' },
  'sql.result.ms': { ko: '{n}밀리초', en: '{n} ms' },
  'sql.result.s': { ko: '{n}초', en: '{n} s' },
  'sql.view': { ko: '보기', en: 'View' },
  'sql.view.table': { ko: '표', en: 'Table' },
  'sql.view.chart': { ko: '그래프', en: 'Chart' },
  'sql.view.column': { ko: '표시할 열', en: 'Column' },
  'sql.view.all': { ko: '전체', en: 'All' },
  'sql.view.nochart': {
    ko: '이름이나 날짜 열 하나와 숫자 열이 있으면 그래프로 볼 수 있습니다.',
    en: 'A chart needs one column of names or dates and one of numbers.',
  },
  'sql.view.bars': {
    ko: '처음 {n}행만 표시합니다.',
    en: 'The chart shows the first {n} rows.',
  },
  'sql.files': { ko: '다운로드', en: 'Download' },
  'sql.files.working': { ko: '파일을 만드는 중입니다', en: 'Preparing the file' },
  'sql.error': { ko: '실행하지 못했습니다', en: 'The query did not run' },
  'sql.error.file': { ko: '파일을 만들지 못했습니다', en: 'The file could not be created' },
} as const satisfies Messages;
