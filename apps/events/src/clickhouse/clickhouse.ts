import type { ClickHouseAccount } from './clickhouse-secret.js';
import { ClickHouseError, ClickHouseUnreachableError, isAuthenticationFailure } from './clickhouse-error.js';
import { untilException } from './exception-watch.js';

/** Reads the account; `refresh` reads past caches, after the password was refused. */
export type AccountSource = (options: { readonly refresh: boolean }) => Promise<ClickHouseAccount>;

export type Settings = Readonly<Record<string, string | number>>;

type Scalar = string | number | boolean;
export type Parameter = Scalar | readonly Scalar[];

export interface ClickHouseRequest {
  readonly query: string;
  /** Sent behind the query: rows of an INSERT. */
  readonly data?: Uint8Array;
  /** How `data` is compressed; ClickHouse unfolds it itself. */
  readonly encoding?: 'zstd' | 'gzip';
  readonly settings?: Settings;
  /** Values of `{name:Type}` in the query. */
  readonly parameters?: Readonly<Record<string, Parameter>>;
  /** Milliseconds until the wait is given up; 60,000. */
  readonly timeoutMs?: number;
}

interface Answer {
  readonly text: string;
  /** JSON: rows and bytes read and written, as texts. */
  readonly summary: string;
}

// Values travel as an escaped text column (TabSeparated), in which lists hold quoted texts.
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\0': '\\0', "'": "\\'" };
const escaped = (value: Scalar): string => String(value).replace(/[\\\t\n\r\u0000]/g, (character) => escapes[character] ?? character);
const quoted = (value: Scalar): string =>
  typeof value === 'string' ? `'${value.replace(/[\\\t\n\r\u0000']/g, (character) => escapes[character] ?? character)}'` : String(value);

function parameterText(value: Parameter): string {
  if (typeof value === 'object') return `[${value.map(quoted).join(',')}]`;
  return escaped(value);
}

/**
 * ClickHouse's HTTP interface, as one user. Bodies pass as they are, compressed ones too, which the official client
 * would unfold and fold again. Throws {@link ClickHouseError} and {@link ClickHouseUnreachableError}.
 */
export class ClickHouse {
  constructor(private readonly account: AccountSource) {}

  /** The answer's text, in the query's own format. */
  async run(request: ClickHouseRequest): Promise<string> {
    return (await this.answer(request)).text;
  }

  /** Sends an INSERT; how many rows ClickHouse took, those included that it knew by their token. */
  async insert(request: ClickHouseRequest): Promise<number> {
    // The summary is whole only when it comes after the query's end.
    const { summary } = await this.answer({ ...request, settings: { ...request.settings, wait_end_of_query: 1 } });
    const rows = /"written_rows":"(\d+)"/.exec(summary)?.[1];
    // Somebody between us said 200: nobody has said that the rows are stored.
    if (rows === undefined) throw new ClickHouseUnreachableError('The answer to an insert is not of ClickHouse');
    return Number(rows);
  }

  /** As {@link run}, but the answer as it comes, not read yet. A refused password is read again once: it may have been rotated. */
  async open(request: ClickHouseRequest, signal: AbortSignal): Promise<Response> {
    try {
      return await this.request(request, await this.account({ refresh: false }), signal);
    } catch (error) {
      if (!isAuthenticationFailure(error)) throw error;
      return this.request(request, await this.account({ refresh: true }), signal);
    }
  }

  /**
   * The answer's bytes as they come, no faster than they are taken; `signal` gives them up, and the query with them.
   * Rejects with what failed before the first byte, and throws what fails later.
   */
  async stream(request: ClickHouseRequest, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const { body, headers } = await this.open(request, signal);
    return body ? untilException(body, headers.get('x-clickhouse-exception-tag')) : nothing();
  }

  /** Rows of a SELECT without a FORMAT clause. */
  async rows(request: ClickHouseRequest): Promise<unknown[]> {
    const text = await this.run({ ...request, settings: { ...request.settings, default_format: 'JSONEachRow' } });
    return text.split('\n').filter(Boolean).map((line): unknown => JSON.parse(line));
  }

  private async answer(request: ClickHouseRequest): Promise<Answer> {
    const response = await this.open(request, AbortSignal.timeout(request.timeoutMs ?? 60_000));
    try {
      return { text: await response.text(), summary: response.headers.get('x-clickhouse-summary') ?? '' };
    } catch (cause) {
      throw new ClickHouseUnreachableError('ClickHouse did not answer to the end', { cause });
    }
  }

  private async request(request: ClickHouseRequest, account: ClickHouseAccount, signal: AbortSignal): Promise<Response> {
    const { address, headers, body } = messageOf(request, account);
    try {
      const response = await fetch(address, { method: 'POST', headers, body, signal });
      if (response.ok) return response;
      const text = await response.text();
      const { headers: told, status } = response;
      throw new ClickHouseError(Number(told.get('x-clickhouse-exception-code') ?? 0), text.trim(), status);
    } catch (error) {
      if (error instanceof ClickHouseError) throw error;
      throw new ClickHouseUnreachableError('ClickHouse did not answer', { cause: error });
    }
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

function messageOf(request: ClickHouseRequest, { url, database, username, password }: ClickHouseAccount) {
  const address = new URL(url);
  const insert = request.data !== undefined;
  const search = address.searchParams;
  search.set('database', database);
  for (const [name, value] of Object.entries(request.settings ?? {})) search.set(name, String(value));
  for (const [name, value] of Object.entries(request.parameters ?? {})) search.set(`param_${name}`, parameterText(value));
  if (insert) search.set('query', request.query);
  const headers: Record<string, string> = { 'x-clickhouse-user': username, 'x-clickhouse-key': password };
  if (request.encoding) headers['content-encoding'] = request.encoding;
  return { address, headers, body: request.data ?? request.query };
}
