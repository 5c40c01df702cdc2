import type { Plugin } from 'vite';
import type { Layout } from '../src/api/types';

/** What the product's own files say of tiles and pages. */
export function productLayout(): Layout;

/** Vite plugin that writes it into the page during development. */
export function layout(): Plugin;
