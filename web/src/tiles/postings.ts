// Postings as a table, for files.
import type { PostingRow } from '../api/types';
import type { TableView } from '../charts/table';
import type { Locale } from '../i18n/locale';

/** A figure that the source does not give. */
const NOTHING = '–';

export function postingsTable(rows: readonly PostingRow[], locale: Locale): TableView {
  const { t } = locale;
  const figure = (value: number | null) => (value === null ? NOTHING : locale.number(value));
  return {
    columns: [
      { label: t('tile.posting'), numeric: false },
      { label: t('tile.company'), numeric: false },
      { label: t('tile.date'), numeric: false },
      { label: t('tile.views'), numeric: true },
      { label: t('tile.applications'), numeric: true },
    ],
    rows: rows.map((row) => [
      row.title,
      row.company ?? NOTHING,
      row.posting_date ?? NOTHING,
      figure(row.views),
      figure(row.applications),
    ]),
    namesIn: 'ko',
  };
}
