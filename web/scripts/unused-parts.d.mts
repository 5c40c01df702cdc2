import type { Plugin } from 'vite';

/** Vite plugin that leaves out what no chart reaches. */
export function withoutUnusedParts(): Plugin;
