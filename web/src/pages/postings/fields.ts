// All fields of a posting as the table external.recruit_table has them, for a reader. A column that
// this page does not know keeps its own name.
import type { MessageKey } from '../../i18n/messages';
import type { Locale } from '../../i18n/locale';

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;
const NOTHING = '–';

export function fieldLabel(name: string, locale: Locale): string {
  const key = `postings.field.${name}`;
  const label = locale.t(key as PlainKey);
  // A key without a message stands for itself.
  return label === key ? name : label;
}

/** A value as text: instants in Korean time, what is no plain value as JSON. */
export function fieldText(name: string, value: unknown, locale: Locale): string {
  if (value === null || value === undefined || value === '') return NOTHING;
  if (typeof value === 'boolean')
    return locale.t(value ? 'postings.field.yes' : 'postings.field.no');
  if (COUNTS.has(name) && /^\d{1,15}$/.test(String(value))) return locale.number(Number(value));
  const flag = FLAGS.get(name)?.indexOf(String(value)) ?? -1;
  if (flag >= 0) return locale.t(flag === 1 ? 'postings.field.yes' : 'postings.field.no');
  if (typeof value === 'object') return JSON.stringify(value);
  if (typeof value !== 'string') return String(value);
  if (INSTANT.test(value) && name.endsWith('_at') && !Number.isNaN(Date.parse(value))) {
    return locale.dateTime(value);
  }
  return value;
}

/** Figures that are read with separators; numbers of codes and years are not. */
const COUNTS = new Set(['read_cnt', 'apply_cnt', 'versions']);

/** Texts that mean no and yes. */
const FLAGS = new Map([
  ['active', ['0', '1']],
  ['seen_active', ['false', 'true']],
]);

/** Keys of messages without values to fill in. */
type PlainKey = Extract<MessageKey, `postings.field.${string}`>;
