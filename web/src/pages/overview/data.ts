// Everything the overview shows, from one build. While a new build is being published the tables may
// come from two builds: then they are read again, and never shown mixed.
import { ApiError, type Client } from '../../api/client';
import { count, flag, rowsOf, text } from '../../api/decode';
import type { Build, Table } from '../../api/types';
import type { DataJobCounts } from '../../charts/data-job-share/option';
import type { KeywordRoles } from '../../charts/data-keywords/option';
import type { DataRoleCounts } from '../../charts/data-role-share/option';
import type { RoleExperience } from '../../charts/role-experience/option';
import type { KeywordCount } from '../../charts/top-keywords/bars';

export interface OverviewData {
  build: Build;
  dataJobs: DataJobCounts;
  dataRoles: DataRoleCounts;
  roles: RoleExperience[];
  keywords: KeywordCount[];
  dataKeywords: KeywordRoles[];
}

const TABLES = [
  'visual_tables.all_count',
  'visual_tables.data_job_ratio',
  'visual_tables.data_job_detail_ratio',
  'visual_tables.recruit_for_exp',
  'visual_tables.top_keywords',
  'visual_tables.top_datajob_keywords',
] as const;
type TableName = (typeof TABLES)[number];

const ATTEMPTS = 3;

/** Reads the published build; returns `previous` itself when that build is still the published one. */
export async function loadOverview(
  client: Client,
  previous: OverviewData | null,
): Promise<OverviewData> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const build = await client.build();
    if (previous !== null && sameBuild(previous.build, build)) return previous;
    const tables = await Promise.all(TABLES.map((name) => client.table(name)));
    if (tables.every((table) => table.build === build.build)) return decode(build, tables);
  }
  throw new ApiError(
    'unreachable',
    'builds are being published faster than they can be read',
    'try again in a moment',
  );
}

function sameBuild(a: Build, b: Build): boolean {
  return a.build === b.build && a.published_at === b.published_at;
}

function decode(build: Build, tables: readonly Table[]): OverviewData {
  const table = (name: TableName): Table => {
    const found = tables[TABLES.indexOf(name)];
    if (found === undefined) throw new ApiError('malformed', `\`${name}\` is missing`);
    return found;
  };
  const postings = rowsOf(table('visual_tables.all_count'), { it: count })[0]?.it ?? 0;
  const dataJobs = rowsOf(table('visual_tables.data_job_ratio'), { is_data_job: flag, count })
    .filter((row) => row.is_data_job)
    .reduce((sum, row) => sum + row.count, 0);
  const dataRoles = rowsOf(table('visual_tables.data_job_detail_ratio'), { role: text, count });
  requireWithin('data_job_ratio', dataJobs, 'all_count', postings);
  for (const { count } of dataRoles) {
    requireWithin('data_job_detail_ratio', count, 'data_job_ratio', dataJobs);
  }
  return {
    build,
    dataJobs: { dataJobs, postings },
    dataRoles: { roles: dataRoles, dataJobs },
    roles: rowsOf(table('visual_tables.recruit_for_exp'), {
      role: text,
      total: count,
      experienced: count,
      entry_or_any: count,
      entry: count,
    }).map(({ entry_or_any, ...row }) => ({ ...row, open: entry_or_any })),
    keywords: rowsOf(table('visual_tables.top_keywords'), { job_name: text, count }).map((row) => ({
      keyword: row.job_name,
      count: row.count,
    })),
    dataKeywords: rowsOf(table('visual_tables.top_datajob_keywords'), {
      job_name: text,
      de: count,
      da: count,
      ds: count,
      total: count,
    }).map(({ job_name, ...row }) => ({ ...row, keyword: job_name })),
  };
}

/** A part that outgrows its whole cannot be shown as a share. */
function requireWithin(partTable: string, part: number, wholeTable: string, whole: number): void {
  if (part <= whole) return;
  throw new ApiError(
    'malformed',
    `\`visual_tables.${partTable}\` counts ${part} postings, more than the ${whole} of \`visual_tables.${wholeTable}\``,
  );
}
