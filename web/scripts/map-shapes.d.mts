import type { Plugin } from 'vite';

/** Vite plugin that provides `virtual:map-shapes`. */
export function mapShapes(): Plugin;
