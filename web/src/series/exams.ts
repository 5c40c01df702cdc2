// The figures of exams, by certificate, stage and year.
import { count, flag, optional, rowsOf, text } from '../api/decode';
import type { Table, TileDefinition } from '../api/types';
import type { Exam } from '../charts/exams/option';

export interface ExamRow extends Exam {
  year: number;
  cert: string;
  /** As the source names the certificate, with its grade. */
  name: string;
  stage: string;
  /** Code of where the figures are from: pipeline/data/README.md. */
  source: string | null;
}

export function examRows(table: Table): ExamRow[] {
  return rowsOf(table, {
    year: count,
    cert_id: text,
    stage: text,
    take: optional(count),
    pass: optional(count),
    test_name: optional(text),
    cert_type: optional(text),
    new_definition: flag,
    source: optional(text),
  }).map((row) => ({
    year: row.year,
    cert: row.cert_id,
    name: [row.test_name, row.cert_type].filter((part) => part !== null).join(' ') || row.cert_id,
    stage: row.stage,
    take: row.take,
    pass: row.pass,
    newDefinition: row.new_definition,
    source: row.source,
  }));
}

/** The certificates that a tile names; else all that the table has but those that it excepts. */
export function certificatesOf(
  rows: readonly ExamRow[],
  { values, except }: Pick<TileDefinition, 'values' | 'except'>,
): string[] {
  if (values.cert_id !== undefined) return values.cert_id;
  const left = (cert: string) => !(except.cert_id ?? []).includes(cert);
  return [...new Set(rows.map(({ cert }) => cert))].filter(left);
}

/** The last year in which the certificate has figures of a stage; null without any. */
export function lastYear(rows: readonly ExamRow[], cert: string, stage: string): number | null {
  const years = rows.flatMap((row) => {
    const known = row.take !== null || row.pass !== null;
    return row.cert === cert && row.stage === stage && known ? [row.year] : [];
  });
  return years.length === 0 ? null : Math.max(...years);
}

export interface Years {
  years: number[];
  /** By certificate, one per year. */
  exams: Record<string, (ExamRow | null)[]>;
}

/** The years in which at least one of the certificates has figures, without holes between them. */
export function byYear(
  rows: readonly ExamRow[],
  certificates: readonly string[],
  stage: string,
  { from, to }: { from: string | null; to: string | null },
): Years {
  const wanted = rows.filter(
    (row) =>
      certificates.includes(row.cert) &&
      row.stage === stage &&
      (from === null || row.year >= Number(from.slice(0, 4))) &&
      (to === null || row.year <= Number(to.slice(0, 4))),
  );
  if (wanted.length === 0) return { years: [], exams: {} };
  const [first, last] = [
    Math.min(...wanted.map(({ year }) => year)),
    Math.max(...wanted.map(({ year }) => year)),
  ];
  const years = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  return {
    years,
    exams: Object.fromEntries(
      certificates.map((cert) => [
        cert,
        years.map((year) => wanted.find((row) => row.cert === cert && row.year === year) ?? null),
      ]),
    ),
  };
}
