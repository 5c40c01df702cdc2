// What a page has beside tiles, by the names of `block` in pipeline/pages/*.toml; layout.ts says which tiles they
// show figures of.
import type { Component } from 'svelte';
import type { TilesView } from '../tiles/view.svelte';
import Figures from './Figures.svelte';
import Notes from './Notes.svelte';

/** A component, or how to load it. */
type Block =
  | { Body: Component<{ view: TilesView }> | Component }
  | { load: () => Promise<{ default: Component }> };

export const BLOCKS: Readonly<Record<string, Block>> = {
  figures: { Body: Figures },
  notes: { Body: Notes },
  scale: { load: () => import('./Scale.svelte') },
  sources: { load: () => import('./Sources.svelte') },
};
