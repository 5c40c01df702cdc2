// What of the tables and checks a search leaves.
import type { ModelsAnswer } from '../../api/types';

/** `inputs`: tables it reads, where the server says so. */
export type Model = ModelsAnswer['models'][number] & { inputs?: readonly string[] };
export type Check = ModelsAnswer['checks'][number];

/** Tables with every word of the search in their name, description or SQL. */
export function foundModels(models: readonly Model[], search: string): Model[] {
  return models.filter(({ name, what, grain, notes, checks, sql }) =>
    hasWords([name, what, ...grain, ...notes, ...checks, sql], search),
  );
}

export function foundChecks(checks: readonly Check[], search: string): Check[] {
  return checks.filter(({ name, level, what, sql }) => hasWords([name, level, what, sql], search));
}

/** Tables by layer, in the order given. */
export function byLayer(models: readonly Model[]): { layer: string; models: Model[] }[] {
  const layers = new Map<string, Model[]>();
  for (const model of models) {
    const layer = layerOf(model.name);
    layers.set(layer, [...(layers.get(layer) ?? []), model]);
  }
  return [...layers].map(([layer, models]) => ({ layer, models }));
}

export function layerOf(table: string): string {
  return table.split('.')[0] ?? table;
}

function hasWords(texts: readonly string[], search: string): boolean {
  const text = texts.join('\n').toLowerCase();
  return search
    .trim()
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
