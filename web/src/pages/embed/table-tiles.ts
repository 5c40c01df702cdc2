// Tiles that come from published tables: each is a part of a page, and stands alone as that page with
// nothing else on it.
import type { Component } from 'svelte';

export interface TableTilePage {
  load: () => Promise<{ default: Component<{ only?: string }> }>;
  title: 'nav.certificates' | 'nav.interest';
}

const CERTIFICATES: TableTilePage = {
  load: () => import('../certificates/Certificates.svelte'),
  title: 'nav.certificates',
};
const INTEREST: TableTilePage = {
  load: () => import('../interest/Interest.svelte'),
  title: 'nav.interest',
};

const PAGES: Record<string, TableTilePage> = {
  certificates_entry: CERTIFICATES,
  certificates_entry_rates: CERTIFICATES,
  certificates_upper: CERTIFICATES,
  certificates_upper_rates: CERTIFICATES,
  certificates_state: CERTIFICATES,
  certificates_state_rates: CERTIFICATES,
  certificates_other: CERTIFICATES,
  certificates_other_rates: CERTIFICATES,
  interest_weeks: INTEREST,
  interest_shares: INTEREST,
};

/** Null: the tile comes from the image of the postings, or is unknown. */
export function tableTilePage(name: string): TableTilePage | null {
  return (Object.hasOwn(PAGES, name) ? PAGES[name] : undefined) ?? null;
}
