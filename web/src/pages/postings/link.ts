// Links to where a posting was found. Addresses come from data: only web addresses become links.

/** The address when it is one of the web, else null. */
export function webAddress(text: unknown): string | null {
  if (typeof text !== 'string') return null;
  try {
    const url = new URL(text.trim());
    const web = url.protocol === 'https:' || url.protocol === 'http:';
    // A user name in front of the host only serves to mislead.
    return web && url.username === '' && url.password === '' ? url.href : null;
  } catch {
    return null;
  }
}

/** The host as a reader would know it. */
export function hostOf(address: string): string {
  return new URL(address).hostname.replace(/^www\./, '');
}
