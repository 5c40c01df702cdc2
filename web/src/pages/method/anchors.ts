// Sections and tables have addresses of their own: `#limits`, `#table-raw_data.recruits`.
import type { MessageKey } from '../../i18n/messages';

export interface Section {
  id: string;
  title: Extract<MessageKey, `method.${string}`>;
}

/** In the order of the page. */
export const SECTIONS = [
  { id: 'flow', title: 'method.flow' },
  { id: 'limits', title: 'method.limits' },
  { id: 'roles', title: 'method.roles' },
  { id: 'measures', title: 'method.measures' },
  { id: 'dimensions', title: 'method.dimensions' },
  { id: 'intervals', title: 'method.intervals' },
  { id: 'gaps', title: 'method.gaps' },
  { id: 'build', title: 'method.build' },
  { id: 'tables', title: 'method.tables' },
  { id: 'checks', title: 'method.checks' },
  { id: 'source', title: 'method.source' },
] as const satisfies readonly Section[];

export const tableAnchor = (name: string): string => `table-${name}`;
export const checkAnchor = (name: string): string => `check-${name}`;
export const roleAnchor = (role: string): string => `role-${role}`;

/** The id that an address points to, or null. */
export function anchorOf(hash: string): string | null {
  try {
    const id = decodeURIComponent(hash.replace(/^#/, ''));
    return id === '' ? null : id;
  } catch {
    return null;
  }
}

/** Brings an element into view, opens what hides it and gives it the focus. Runs in a browser only. */
export function reveal(id: string): boolean {
  const target = document.getElementById(id);
  if (target === null) return false;
  for (let at: Element | null = target; at !== null; at = at.parentElement) {
    if (at instanceof HTMLDetailsElement) at.open = true;
  }
  target.scrollIntoView();
  const focusable = target instanceof HTMLDetailsElement ? target.querySelector('summary') : target;
  if (focusable instanceof HTMLElement) focusable.focus({ preventScroll: true });
  return true;
}
