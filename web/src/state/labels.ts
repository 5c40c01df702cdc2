// Names of values in the reader's language, from the build's definitions.
import type { Definitions } from '../api/types';
import type { Language } from '../i18n/messages';

/** The value itself where it has no label: Korean values of the source are their own Korean names. */
export function labelOf(
  definitions: Definitions | null,
  dimension: string,
  value: string,
  language: Language,
): string {
  const found = definitions?.dimensions.find(({ name }) => name === dimension);
  if (found === undefined) return value;
  const labels = found[`labels_${language}`];
  const label = own(labels, value);
  if (label !== undefined) return label;
  // A district is named after its province: `서울 강남구`.
  const parent = definitions?.dimensions.find(({ name }) => name === found.parent);
  const split = value.indexOf(' ');
  if (parent === undefined || split < 0) return value;
  const province = own(parent[`labels_${language}`], value.slice(0, split));
  return province === undefined ? value : `${province}${value.slice(split)}`;
}

/** Values come from data: `constructor` is a value like any other. */
function own(labels: Record<string, string>, value: string): string | undefined {
  return Object.hasOwn(labels, value) ? labels[value] : undefined;
}
