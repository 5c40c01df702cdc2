import type { Plugin } from 'vite';
import type { Layout, PostingColumn, SeriesDefinition } from '../src/api/types';

/** What the product's own files say of tiles and pages. */
export function productLayout(): Layout;

/** How the published tables among them are read. */
export function productSeries(): SeriesDefinition[];

/** The columns of postings. */
export function productColumns(): PostingColumn[];

/** Vite plugin that writes it into the page during development. */
export function layout(): Plugin;
