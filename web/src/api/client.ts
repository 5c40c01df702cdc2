// Reads the published build. Every failure becomes an ApiError that says which kind it is, so that a
// page can choose between "nothing is published yet", "the server does not answer" and the rest.
// Addresses are resolved against the page's base: the page works below any path prefix.
import type { Build, Table } from './types';

export type ApiErrorKind =
  /** No answer: stopped server, lost network, or no answer in time. Worth retrying. */
  | 'unreachable'
  /** The server runs, and no build has been published yet. */
  | 'nothing_published'
  /** The server answered with another error; `message` and `hint` are its own words. */
  | 'refused'
  /** The answer is not what this page was written for. */
  | 'malformed';

export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly kind: ApiErrorKind,
    message: string,
    readonly hint: string | null = null,
  ) {
    super(message);
  }
}

export interface Client {
  build(): Promise<Build>;
  /** `name` is `schema.table`. */
  table(name: string): Promise<Table>;
}

export interface ClientOptions {
  /** Absolute address that `api/v1/…` is resolved against: `document.baseURI` in the browser. */
  base: string;
  fetch: typeof globalThis.fetch;
  timeoutMs?: number;
}

export type DownloadFormat = 'csv' | 'json' | 'parquet' | 'arrow';

/** Address of a table as a file, relative to the page. */
export function downloadHref(table: string, format: DownloadFormat): string {
  return `api/v1/tables/${table}.${format}`;
}

export function createClient({ base, fetch, timeoutMs = 30_000 }: ClientOptions): Client {
  async function get(path: string): Promise<unknown> {
    const url = new URL(`api/v1/${path}`, base);
    let response: Response;
    let body: string;
    try {
      response = await fetch(url, {
        // Always ask whether the kept answer is still the published one; unchanged costs a 304.
        cache: 'no-cache',
        headers: { accept: 'application/json' },
        signal: AbortSignal.timeout(timeoutMs),
      });
      body = await response.text();
    } catch (cause) {
      throw new ApiError('unreachable', `\`${url.pathname}\`: ${describe(cause)}`);
    }
    if (!response.ok) throw refusal(url, response.status, body);
    return parse(url, body);
  }

  return {
    build: async () => (await get('build')) as Build,
    table: async (name) => (await get(`tables/${encodeURIComponent(name)}`)) as Table,
  };
}

function parse(url: URL, body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new ApiError('malformed', `\`${url.pathname}\` did not answer with JSON`);
  }
}

function refusal(url: URL, status: number, body: string): ApiError {
  const error = errorOf(body);
  if (status === 503 && error?.code === 'nothing_published') {
    return new ApiError('nothing_published', error.message ?? '', error.hint ?? null);
  }
  // A proxy in front of a stopped server answers for it, without the server's error body.
  if (error === null && (status === 502 || status === 503 || status === 504)) {
    return new ApiError('unreachable', `\`${url.pathname}\`: HTTP ${status}`);
  }
  return new ApiError(
    'refused',
    `\`${url.pathname}\`: ${error?.message ?? `HTTP ${status}`}`,
    error?.hint ?? null,
  );
}

function errorOf(body: string): { code?: string; message?: string; hint?: string | null } | null {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== 'object' || parsed === null || !('error' in parsed)) return null;
    return typeof parsed.error === 'object' ? parsed.error : null;
  } catch {
    return null;
  }
}

function describe(cause: unknown): string {
  if (cause instanceof DOMException && cause.name === 'TimeoutError') return 'no answer in time';
  return cause instanceof Error ? cause.message : String(cause);
}
