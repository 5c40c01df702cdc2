// The SQL console.
import type { Messages } from './language';

export const sql = {
  'sql.title': { ko: 'SQL로 묻기', en: 'Ask in SQL' },
  'sql.lede': {
    ko: '게시된 빌드의 모든 표를 읽을 수 있습니다. 읽기 전용이며, 시간과 메모리에 한도가 있습니다.',
    en: 'Reads every table of the published build. Read-only, within limits of time and memory.',
  },
  'sql.editor': { ko: 'SQL 한 문장', en: 'One SQL query' },
  'sql.editor.hint': {
    ko: 'Ctrl+Enter(맥은 ⌘+Enter)로 실행합니다. DataFusion의 SQL이며 PostgreSQL과 비슷합니다.',
    en: 'Ctrl+Enter (⌘+Enter on a Mac) runs it. The dialect is DataFusion’s, close to PostgreSQL’s.',
  },
  'sql.run': { ko: '실행', en: 'Run' },
  'sql.cancel': { ko: '취소', en: 'Cancel' },
  'sql.running': { ko: '실행하는 중입니다', en: 'Running' },
  'sql.cancelled': { ko: '취소했습니다.', en: 'Cancelled.' },
  'sql.build': { ko: '빌드 {build}에 묻습니다', en: 'Asks build {build}' },
  'sql.build.newer': {
    ko: '그 사이 빌드 {build}이(가) 게시되었습니다. 답을 서로 견줄 수 있도록 처음 빌드에 계속 묻습니다.',
    en: 'Build {build} was published meanwhile. Questions go on to the first one, so that answers fit together.',
  },
  'sql.build.use': { ko: '새 빌드로 묻기', en: 'Ask the newer build' },
  'sql.fromlink': {
    ko: '주소에 들어 있던 SQL입니다. 읽어 보고 실행해 주세요.',
    en: 'This SQL came with the address. Read it before you run it.',
  },

  'sql.link': { ko: '주소 복사', en: 'Copy a link' },
  'sql.link.label': { ko: '이 SQL이 담긴 주소', en: 'Address with this SQL' },
  'sql.link.long': {
    ko: '주소에 담기에는 SQL이 너무 깁니다. 주소가 {n}자가 되는데 {most}자까지만 쓸 수 있습니다. SQL 자체를 복사해 전해 주세요.',
    en: 'The statement is too long for a link: the address would have {n} characters, and {most} is the most. Copy the SQL itself instead.',
  },
  'sql.link.note': {
    ko: '주소를 연 사람에게는 SQL이 적혀 있기만 하고 실행되지는 않습니다.',
    en: 'Whoever opens it finds the SQL in the editor; it does not run by itself.',
  },

  'sql.chosen': {
    ko: '고른 조건의 공고를 직무별로 세는 SQL:',
    en: 'SQL that counts what is chosen above, by role:',
  },
  'sql.examples': { ko: '예시 질문', en: 'Examples' },
  'sql.example.roles': { ko: '직무별 공고 수', en: 'Postings by role' },
  'sql.example.keywords': {
    ko: '데이터 엔지니어 공고의 주요 키워드',
    en: 'Top keywords of data engineers',
  },
  'sql.example.years': {
    ko: '직무별 최소 경력의 중앙값 (경력직)',
    en: 'Median minimum years by role (experienced)',
  },
  'sql.example.months': { ko: '달마다 게시된 공고', en: 'Postings by month' },
  'sql.example.seoul': { ko: '직무별 서울 비율', en: 'Share of Seoul by role' },
  'sql.example.together': {
    ko: 'Python과 함께 적힌 키워드',
    en: 'Skills named together with Python',
  },
  'sql.example.open': {
    ko: '직무별 게시 기간의 중앙값',
    en: 'Median days that postings stay open, by role',
  },
  'sql.example.active': {
    ko: '날마다 게시 중인 데이터 직무 공고',
    en: 'Active data-job postings by day',
  },
  'sql.example.versions': {
    ko: '내용이 가장 많이 바뀐 공고',
    en: 'Postings whose content changed most',
  },
  'sql.example.collected': { ko: '무엇을 언제 수집했나', en: 'What was collected, and when' },
  'sql.example.quarantine': {
    ko: '읽지 못해 격리한 기록',
    en: 'Records in quarantine, by reason',
  },

  'sql.history': { ko: '지난 질문', en: 'History' },
  'sql.history.none': { ko: '아직 실행한 질문이 없습니다.', en: 'Nothing has been run yet.' },
  'sql.history.note': {
    ko: '마지막 {n}개를 이 브라우저에만 저장합니다.',
    en: 'The last {n}, kept in this browser only.',
  },
  'sql.history.clear': { ko: '모두 지우기', en: 'Clear' },

  'sql.tables': { ko: '표와 열', en: 'Tables and columns' },
  'sql.tables.filter': { ko: '표, 열, 설명에서 찾기', en: 'Search tables, columns, descriptions' },
  'sql.tables.none': { ko: '맞는 표가 없습니다.', en: 'No table matches.' },
  'sql.tables.failed': {
    ko: '표의 목록을 불러오지 못했습니다.',
    en: 'The list of tables could not be loaded.',
  },
  'sql.tables.rows': { ko: '{n}행', en: '{n} rows' },
  'sql.tables.row': { ko: '{n}행', en: '{n} row' },
  'sql.tables.grain': { ko: '한 행을 가리키는 열: {columns}', en: 'One row per: {columns}' },
  'sql.tables.insert': { ko: '{name} 넣기', en: 'Insert {name}' },
  'sql.tables.insert.name': { ko: '표 이름 넣기', en: 'Insert the name' },

  'sql.result': { ko: '결과', en: 'Result' },
  'sql.result.rows': { ko: '{n}행 · {time}', en: '{n} rows · {time}' },
  'sql.result.row': { ko: '{n}행 · {time}', en: '{n} row · {time}' },
  'sql.result.build': { ko: '빌드 {build}', en: 'build {build}' },
  'sql.result.drawn': {
    ko: '처음 {drawn}행만 화면에 그렸습니다. 나머지는 파일에 있습니다.',
    en: 'Only the first {drawn} rows are drawn here; files hold the rest.',
  },
  'sql.result.cut': {
    ko: '{n}행에서 끊었고 더 있습니다. 파일에는 {file}행까지 담깁니다.',
    en: 'Cut off after {n} rows; there are more. Files hold up to {file}.',
  },
  'sql.result.none': {
    ko: '맞는 행이 없습니다. 질문은 잘 실행되었습니다.',
    en: 'No rows. The query itself ran well.',
  },
  'sql.result.null': { ko: '값 없음', en: 'null' },
  'sql.result.ms': { ko: '{n}밀리초', en: '{n} ms' },
  'sql.result.s': { ko: '{n}초', en: '{n} s' },
  'sql.view': { ko: '보기', en: 'View' },
  'sql.view.table': { ko: '표', en: 'Table' },
  'sql.view.chart': { ko: '그래프', en: 'Chart' },
  'sql.view.column': { ko: '그릴 열', en: 'Column' },
  'sql.view.all': { ko: '모두', en: 'All' },
  'sql.view.nochart': {
    ko: '이름이나 날짜 열 하나와 수 열이 있으면 그래프로도 볼 수 있습니다.',
    en: 'With one column of names or dates and one of numbers there is a chart, too.',
  },
  'sql.view.bars': {
    ko: '처음 {n}행을 그렸습니다.',
    en: 'The first {n} rows are drawn.',
  },
  'sql.files': { ko: '내려받기', en: 'Download' },
  'sql.files.working': { ko: '파일을 만드는 중입니다', en: 'Preparing the file' },
  'sql.error': { ko: '실행되지 않았습니다', en: 'It did not run' },
  'sql.error.file': { ko: '파일을 만들지 못했습니다', en: 'The file could not be made' },
} as const satisfies Messages;
