import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { errorEnvelope, type EndpointDefinition, type ErrorEnvelope } from '@atrium/contract-kit';
import type { z } from 'zod';

type Sent<E, K extends 'params' | 'query' | 'body'> = E extends { readonly [P in K]: infer S extends z.ZodType }
  ? { readonly [P in K]?: z.input<S> }
  : unknown;

export type RequestOf<E extends EndpointDefinition> = Sent<E, 'params'> &
  Sent<E, 'query'> &
  Sent<E, 'body'> & {
    readonly token?: string;
    readonly headers?: Readonly<Record<string, string>>;
  };

type BodyOf<E extends EndpointDefinition> = E['success'] extends { readonly schema: infer S extends z.ZodType }
  ? z.output<S>
  : E['success'] extends { readonly file: object }
    ? Buffer
    : undefined;

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export class UnexpectedAnswer extends Error {}

type LooseRequest = {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** A client of the gateway that speaks the contract: requests are typed, and every answer is held against its schema. */
export class ApiClient {
  constructor(readonly gateway: string) {}

  /** The endpoint's success, parsed; anything else throws {@link UnexpectedAnswer}. */
  async call<E extends EndpointDefinition>(endpoint: E, request: RequestOf<E>): Promise<Answer<BodyOf<E>>> {
    const { response, json } = await this.send(endpoint, request);
    if (response.status !== endpoint.success.status) {
      throw new UnexpectedAnswer(`${endpoint.operationId} answered ${response.status} ${JSON.stringify(json)}`);
    }
    const body: unknown = endpoint.success.file ? json : endpoint.success.schema?.parse(json);
    // A schema lets unknown fields pass and drops them: a field that nobody listed must not leave the service.
    if (!isDeepStrictEqual(body, json)) {
      throw new UnexpectedAnswer(`${endpoint.operationId} answers more than its contract: ${JSON.stringify(json)}`);
    }
    return { status: response.status, headers: response.headers, body: body as BodyOf<E> };
  }

  /** What the endpoint refuses: the status with the error envelope, which is held against its schema. */
  async refusal<E extends EndpointDefinition>(endpoint: E, request: LooseRequest): Promise<Answer<ErrorEnvelope['error']>> {
    const { response, json } = await this.send(endpoint, request);
    if (response.status < 400) throw new UnexpectedAnswer(`${endpoint.operationId} answered ${response.status}, no refusal`);
    return { status: response.status, headers: response.headers, body: errorEnvelope.parse(json).error };
  }

  /** `CODE status` of a refusal, or `status` of a success: for tables of who may what. */
  async verdict(endpoint: EndpointDefinition, request: LooseRequest): Promise<string> {
    const { response, json } = await this.send(endpoint, request);
    if (response.status < 400) return String(response.status);
    return `${response.status} ${errorEnvelope.parse(json).error.code}`;
  }

  private async send(endpoint: EndpointDefinition, request: LooseRequest): Promise<{ response: Response; json: unknown }> {
    const { params, query, body, token } = request;
    const path = endpoint.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params?.[name])));
    const url = new URL(path, this.gateway);
    for (const [name, value] of Object.entries(query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const response = await fetch(url, {
      method: endpoint.method,
      redirect: 'manual',
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(endpoint.idempotent ? { 'idempotency-key': randomUUID() } : {}),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...request.headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    if (response.status < 400 && endpoint.success.file) return { response, json: bytes };
    return { response, json: bytes.length === 0 ? undefined : JSON.parse(bytes.toString()) };
  }
}
