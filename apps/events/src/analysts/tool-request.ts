import type { IncomingMessage } from 'node:http';
import type { Settings } from '../clickhouse/clickhouse.js';

/** What a tool sent could not be taken; `code` as ClickHouse's `ErrorCodes.cpp` has it, so that its driver knows it. */
export class ToolError extends Error {
  override readonly name = 'ToolError';

  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

/** Bytes of a query, as the reader's `max_query_size`. */
const maxQueryBytes = 262_144;
const maxParameters = 200;

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Where ClickHouse's drivers put them: Basic, its own headers, or the URL. */
export function credentialsOf({ headers }: IncomingMessage, search: URLSearchParams): Credentials | undefined {
  const basic = /^basic +([A-Za-z0-9+/_-]+={0,2})$/i.exec(headers.authorization ?? '')?.[1];
  if (basic !== undefined) {
    const [username = '', ...rest] = Buffer.from(basic, 'base64').toString('utf8').split(':');
    return { username, password: rest.join(':') };
  }
  const [user, key] = [headers['x-clickhouse-user'], headers['x-clickhouse-key']];
  if (typeof user === 'string') return { username: user, password: typeof key === 'string' ? key : '' };
  const named = search.get('user');
  return named === null ? undefined : { username: named, password: search.get('password') ?? '' };
}

/** The query in the URL and the body, in this order, as ClickHouse puts them together. */
export async function queryOf(request: IncomingMessage, search: URLSearchParams): Promise<string> {
  const { 'content-encoding': encoding = 'identity', 'content-type': type = '' } = request.headers;
  if (encoding !== 'identity' || search.has('decompress')) throw new ToolError(400, 48, 'Compressed requests are not taken');
  if (/^multipart\//i.test(type)) throw new ToolError(400, 48, 'External tables are not taken');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxQueryBytes) throw new ToolError(413, 62, `The query must hold ${maxQueryBytes} bytes at most`);
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks).toString('utf8');
  const inUrl = search.get('query') ?? '';
  if (request.method !== 'POST' && body !== '') throw new ToolError(400, 62, 'A query in the body is sent by POST');
  const query = inUrl === '' ? body : body === '' ? inUrl : `${inUrl}\n${body}`;
  if (query.trim() === '') throw new ToolError(400, 62, 'Syntax error: Empty query');
  return query;
}

/**
 * How an answer looks. What else drivers send (limits, sessions, ids, log levels) is dropped and not refused: they send
 * it unasked. `output_format_schema` writes a file and so is none of them.
 */
const passedOn =
  /^(default_format|compress|session_timezone|join_use_nulls|extremes|max_block_size|date_time_(in|out)put_format|format_csv_delimiter|output_format_(json|csv|tsv|binary|native|pretty|arrow|parquet|decimal)_\w+)$/;

/** Settings and `{name:Type}` parameters of the URL, the first of each name. */
export function settingsIn(search: URLSearchParams): { readonly settings: Settings; readonly parameters: Record<string, string> } {
  const settings: Record<string, string> = {};
  const parameters: Record<string, string> = {};
  for (const [name, value] of search) {
    const parameter = /^param_([A-Za-z_]\w{0,63})$/.exec(name)?.[1];
    if (parameter !== undefined) parameters[parameter] ??= value;
    else if (passedOn.test(name) && value.length <= 100) settings[name] ??= value;
  }
  if (Object.keys(parameters).length > maxParameters) throw new ToolError(400, 36, `${maxParameters} parameters are the most`);
  return { settings, parameters };
}
