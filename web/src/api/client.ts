// Reads the published build. Every failure becomes an ApiError that says which kind it is, so that a
// page can choose between "nothing is published yet", "the server does not answer" and the rest.
// A request that its caller gave up rejects with an AbortError instead: nobody is waiting for it.
// Addresses are resolved against the page's base: the page works below any path prefix.
// Written by hand: openapi-fetch 0.17 adds 2.2 kB (Brotli) to the first page and would replace only how addresses
// are put together; timeouts, the kinds of errors and what a page needs of an answer would stay here.
import type {
  Build,
  Definitions,
  ExplainAnswer,
  FacetsAnswer,
  ModelsAnswer,
  PostingDetail,
  PostingsAnswer,
  QueryAnswer,
  Table,
  Tables,
  TilesAnswer,
} from './types';

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
    /** The server's stable word for the error, such as `query_timeout`. */
    readonly code: string | null = null,
    readonly status: number | null = null,
  ) {
    super(message);
  }
}

/** What went wrong; what is no failure of a request is an answer that this page was not written for. */
export function asApiError(caught: unknown): ApiError {
  if (caught instanceof ApiError) return caught;
  return new ApiError('malformed', caught instanceof Error ? caught.message : String(caught));
}

export interface FacetsRequest {
  dimensions: readonly string[];
  query: URLSearchParams;
  /** Only values that contain this text. */
  contains?: string;
  limit?: number;
}

export interface SqlOptions {
  build?: number | null;
  limit?: number;
  signal?: AbortSignal;
}

/** Queries are those of `Selection.query()`, with what the endpoint adds (`sort`, `offset`, …). */
export interface Client {
  build(): Promise<Build>;
  /** `name` is `schema.table`. */
  table(name: string, build?: number | null): Promise<Table>;
  tables(): Promise<Tables>;
  definitions(): Promise<Definitions>;
  models(): Promise<ModelsAnswer>;
  tiles(
    names: readonly string[],
    query: URLSearchParams,
    signal?: AbortSignal,
  ): Promise<TilesAnswer>;
  facets(request: FacetsRequest, signal?: AbortSignal): Promise<FacetsAnswer>;
  postings(query: URLSearchParams, signal?: AbortSignal): Promise<PostingsAnswer>;
  /** Of the published build, or of an earlier one. */
  posting(id: string, build?: number | null): Promise<PostingDetail>;
  explain(tile: string, query: URLSearchParams): Promise<ExplainAnswer>;
  sql(text: string, options?: SqlOptions): Promise<QueryAnswer>;
  /** The answer of a query as a file. */
  sqlFile(text: string, format: QueryFormat, options?: SqlOptions): Promise<Blob>;
}

export interface ClientOptions {
  /** Absolute address that `api/v1/…` is resolved against: `document.baseURI` in the browser. */
  base: string;
  fetch: typeof globalThis.fetch;
  timeoutMs?: number;
  /** For queries: the server lets one run for 60 s, and wait for its turn for 10 s. */
  queryTimeoutMs?: number;
}

export type QueryFormat = 'csv' | 'json' | 'parquet';

/** Address of all postings that match, as a file in the reader's language, relative to the page. */
export function postingsHref(
  format: 'csv' | 'parquet',
  asked: string | URLSearchParams,
  language: string,
): string {
  const query = new URLSearchParams(asked);
  query.set('lang', language);
  return withQuery(`api/v1/postings.${format}`, query);
}

export function createClient({
  base,
  fetch,
  timeoutMs = 30_000,
  queryTimeoutMs = 90_000,
}: ClientOptions): Client {
  async function send(
    path: string,
    init: RequestInit = {},
    limitMs = timeoutMs,
  ): Promise<[URL, Response]> {
    const url = new URL(`api/v1/${path}`, base);
    const limit = AbortSignal.timeout(limitMs);
    const signal = init.signal ? AbortSignal.any([init.signal, limit]) : limit;
    try {
      const response = await fetch(url, {
        // Always ask whether the kept answer is still the published one; unchanged costs a 304.
        cache: 'no-cache',
        ...init,
        headers: { accept: 'application/json', ...init.headers },
        signal,
      });
      if (!response.ok) throw refusal(url, response.status, await response.text());
      return [url, response];
    } catch (cause) {
      throw unanswered(url, cause, init.signal);
    }
  }

  async function json(path: string, init: RequestInit = {}, limitMs?: number): Promise<unknown> {
    const [url, response] = await send(path, init, limitMs);
    let body: string;
    try {
      body = await response.text();
    } catch (cause) {
      throw unanswered(url, cause, init.signal);
    }
    return parse(url, body);
  }

  const query = (sql: string, { build, limit }: SqlOptions): RequestInit => ({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sql, build: build ?? undefined, limit }),
  });

  return {
    build: async () => buildAnswer(await json('build')),
    table: async (name, build = null) => {
      const params = new URLSearchParams(build === null ? [] : [['build', String(build)]]);
      return (await json(withQuery(`tables/${encodeURIComponent(name)}`, params))) as Table;
    },
    tables: async () => (await json('tables')) as Tables,
    definitions: async () => definitionsAnswer(await json('definitions')),
    models: async () => (await json('models')) as ModelsAnswer,
    tiles: async (names, chosen, signal) => {
      const params = new URLSearchParams(chosen);
      params.set('tiles', names.join(','));
      return tilesAnswer(names, await json(withQuery('tiles', params), { signal }));
    },
    facets: async ({ dimensions, query: chosen, contains, limit }, signal) => {
      const params = new URLSearchParams(chosen);
      for (const dimension of dimensions) params.append('dimension', dimension);
      if (contains !== undefined && contains !== '') params.set('contains', contains);
      if (limit !== undefined) params.set('limit', String(limit));
      return (await json(withQuery('facets', params), { signal })) as FacetsAnswer;
    },
    postings: async (chosen, signal) =>
      (await json(withQuery('postings', chosen), { signal })) as PostingsAnswer,
    posting: async (id, build = null) => {
      const params = new URLSearchParams(build === null ? [] : [['build', String(build)]]);
      return (await json(withQuery(`postings/${encodeURIComponent(id)}`, params))) as PostingDetail;
    },
    explain: async (tile, chosen) =>
      (await json(withQuery(`tiles/${encodeURIComponent(tile)}/explain`, chosen))) as ExplainAnswer,
    sql: async (text, options = {}) => {
      const init = { ...query(text, options), signal: options.signal };
      return (await json('query', init, queryTimeoutMs)) as QueryAnswer;
    },
    sqlFile: async (text, format, options = {}) => {
      const init = { ...query(text, options), signal: options.signal };
      const [url, response] = await send(`query?format=${format}`, init, queryTimeoutMs);
      try {
        return await response.blob();
      } catch (cause) {
        throw unanswered(url, cause, options.signal);
      }
    },
  };
}

/** Whether a rejection only says that the caller itself gave the request up. */
export function isAbort(caught: unknown): boolean {
  return caught instanceof DOMException && caught.name === 'AbortError';
}

function withQuery(path: string, params: URLSearchParams): string {
  const text = params.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** What every page reads of the build before it can show anything. */
function buildAnswer(body: unknown): Build {
  const answer = body as Build | null;
  if (
    typeof answer?.build !== 'number' ||
    typeof answer.published_at !== 'string' ||
    !Array.isArray(answer.attributions) ||
    typeof answer.warnings !== 'object'
  ) {
    throw new ApiError('malformed', '`api/v1/build` did not answer with a build');
  }
  return answer;
}

function definitionsAnswer(body: unknown): Definitions {
  const answer = body as Definitions | null;
  const { dimensions, measures, tiles, pages, synonyms } = answer ?? {};
  if (answer === null || ![dimensions, measures, tiles, pages, synonyms].every(Array.isArray)) {
    throw new ApiError('malformed', '`api/v1/definitions` did not answer with definitions');
  }
  return answer;
}

/** A page draws every tile it asked for: an answer without one of them cannot be shown. */
function tilesAnswer(names: readonly string[], body: unknown): TilesAnswer {
  const answer = body as TilesAnswer;
  const selections: unknown = answer?.selections;
  if (!Array.isArray(selections) || selections.length === 0) {
    throw new ApiError('malformed', '`api/v1/tiles` answered without a selection');
  }
  for (const selection of answer.selections) {
    const missing = names.find((name) => typeof selection.tiles?.[name]?.kind !== 'string');
    if (missing !== undefined) {
      throw new ApiError('malformed', `\`api/v1/tiles\` answered without the tile \`${missing}\``);
    }
  }
  return answer;
}

function parse(url: URL, body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new ApiError('malformed', `\`${url.pathname}\` did not answer with JSON`);
  }
}

function unanswered(url: URL, cause: unknown, signal: AbortSignal | null | undefined): unknown {
  if (cause instanceof ApiError) return cause;
  if (signal?.aborted) return new DOMException('given up', 'AbortError');
  return new ApiError('unreachable', `\`${url.pathname}\`: ${describe(cause)}`);
}

function refusal(url: URL, status: number, body: string): ApiError {
  const error = errorOf(body);
  if (status === 503 && error?.code === 'nothing_published') {
    return new ApiError('nothing_published', error.message ?? '', error.hint ?? null, error.code);
  }
  // A proxy in front of a stopped server answers for it, without the server's error body.
  if (error === null && (status === 502 || status === 503 || status === 504)) {
    return new ApiError('unreachable', `\`${url.pathname}\`: HTTP ${status}`);
  }
  return new ApiError(
    'refused',
    `\`${url.pathname}\`: ${error?.message ?? `HTTP ${status}`}`,
    error?.hint ?? null,
    error?.code ?? null,
    status,
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
