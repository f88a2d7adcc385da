import type { z } from 'zod';
import type { ErrorCode } from './error-codes.js';
import type { MemberPrincipal, Principal } from './principal.js';

export type ServiceName = 'gateway' | 'auth' | 'users' | 'gallery' | 'events' | 'mailer';

/**
 * Who may call an endpoint.
 * - `public`: anyone.
 * - `signed-in`: a valid access token, with or without an organization.
 * - `member`: a valid access token of an organization; the service's policy decides the rest.
 * - `permission`: as member, and holding the permission organization-wide (`scope: 'org'`) or at one site at least
 *   (`scope: 'site'`; the service's policy then checks the site at hand).
 * - `write-key`: an event source's write key, or an access token with the permission. Of requests without credentials in
 *   their headers, the gateway looks for the key in `keyIn` (`write_key` in the path, `writeKey` in the query or in a small
 *   JSON body) and hands it on as `X-Write-Key`: browsers' beacons carry no headers.
 * - `oauth`: client apps, by OAuth's own means (RFC 6749 §2.3, RFC 6750), which the service checks itself. Errors are those
 *   of OAuth, and scripts of any origin may call it.
 *
 * Client apps' tokens open what a permission guards, and nothing else: see {@link acceptsClientApps}.
 */
export type Access =
  | { readonly kind: 'public' }
  | { readonly kind: 'signed-in' }
  | { readonly kind: 'member' }
  | { readonly kind: 'permission'; readonly permission: string; readonly scope: 'org' | 'site' }
  | { readonly kind: 'write-key'; readonly permission: string; readonly keyIn?: readonly ('path' | 'query' | 'body')[] }
  | { readonly kind: 'oauth' };

/**
 * Whether API keys may call an endpoint, where that isn't plain from its access: `accepted`, or as far as the key holds
 * the permission at one site at least. What asks for a recent proof refuses them: a program can't give one.
 */
export type ApiKeyAccess = 'accepted' | 'refused' | { readonly permission: string };

/** A limit of one route, counted beside the general ones, or in their place. */
export interface RouteLimit {
  readonly requests: number;
  readonly windowSeconds: number;
  readonly per: 'address' | 'principal' | 'write-key';
  /** Requests don't count against the general limit: for what a form asks while a person types. */
  readonly alone?: true;
  /** Endpoints that name the same counter share one; each has its own where unset. */
  readonly counter?: string;
}

export interface EndpointSuccess {
  /** With 302 the handler returns a {@link Redirect}. */
  readonly status: 200 | 201 | 202 | 204 | 302;
  readonly description: string;
  readonly schema?: z.ZodType;
  /** Of the answer, where it isn't JSON. */
  readonly contentType?: 'text/html';
  /** Fields that are shown once: kept nowhere, and null when the answer is replayed for an `Idempotency-Key`. */
  readonly shownOnce?: readonly string[];
  /** The answer is a file to keep, of that content type and name, instead of a JSON document. */
  readonly file?: { readonly type: string; readonly name: string };
  /** The answer is sent as it comes about, and may never end: an event stream. `Last-Event-ID` reaches the handler. */
  readonly stream?: { readonly type: 'text/event-stream' };
  /** The handler returns a {@link Versioned}; the version leaves as the `ETag` header. */
  readonly etag?: true;
}

/** One endpoint of the public face. Validation, types, routing, permission checks, limits and OpenAPI come from it. */
export interface EndpointDefinition {
  /** Unique; `service.verbNoun`. */
  readonly operationId: string;
  readonly service: ServiceName;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From the gateway's root, parameters in braces: `/api/v1/users/{id}`. */
  readonly path: string;
  /** Other paths of the same endpoint, for clients that call it so. */
  readonly aliases?: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly access: Access;
  /** Where unset, API keys are accepted if the access demands a permission, and refused otherwise. */
  readonly apiKeys?: ApiKeyAccess;
  readonly limit?: RouteLimit;
  /** Honours `Idempotency-Key`: the effect happens once and the answer is replayed. */
  readonly idempotent?: true;
  /** Signs in, so that a proof of a known device is taken: the cookie that it sets, or its value in `X-Device-Token`. */
  readonly device?: true;
  /** Demands `If-Match`, or honours it where it is sent; its version reaches the handler as `ifMatch`. */
  readonly ifMatch?: true | 'optional';
  /** Opens what may have a password of its own: what comes in `X-Share-Password` reaches the handler as `sharePassword`. */
  readonly sharePassword?: true;
  /** The browser's cookies reach the handler as `cookies`. */
  readonly cookies?: true;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** Largest body in bytes, as sent; 1 MiB where unset. */
  readonly maxBodyBytes?: number;
  readonly success: EndpointSuccess;
  readonly errors: readonly ErrorCode[];
}

/** Keeps the literal types of a definition while checking its shape. */
export const endpoint = <const E extends EndpointDefinition>(definition: E): E => definition;

/** Bytes of a body as sent, beyond which the gateway answers 413. */
export const maxBodyBytesOf = ({ maxBodyBytes }: Pick<EndpointDefinition, 'maxBodyBytes'>): number => maxBodyBytes ?? 1_048_576;

/** Whether the platform's tokens and keys mean nothing to the endpoint. */
export const isUnguarded = ({ kind }: Access): boolean => kind === 'public' || kind === 'oauth';

/** Whether any API key may call the endpoint. */
export const acceptsApiKeys = ({ access, apiKeys }: Pick<EndpointDefinition, 'access' | 'apiKeys'>): boolean =>
  apiKeys !== 'refused' && (access.kind === 'permission' || access.kind === 'write-key' || apiKeys !== undefined);

/** Whether client apps may call the endpoint at all: what a permission guards, and nothing that is a person's own. */
export const acceptsClientApps = ({ access, apiKeys }: Pick<EndpointDefinition, 'access' | 'apiKeys'>): boolean =>
  apiKeys !== 'refused' && (access.kind === 'permission' || access.kind === 'write-key' || typeof apiKeys === 'object');

/** A resource with the version that its `ETag` shows. */
export interface Versioned<T> {
  readonly version: number;
  readonly body: T;
}

/**
 * A file that is answered: its pieces as they come, which are asked for no faster than the caller takes them. Its content
 * type and name may differ from those of the definition.
 */
export interface FileBody extends AsyncIterable<Uint8Array | string> {
  readonly type?: string;
  readonly name?: string;
}

/** An answer that sends the browser elsewhere; it leaves as `Location` and, where set, `Set-Cookie`. */
export interface Redirect {
  readonly location: string;
  /** A whole `Set-Cookie` value (RFC 6265 §4.1). */
  readonly setCookie?: string;
}

/** Where a request comes from: the address that the gateway trusts, and what the client says of itself. */
export interface Client {
  readonly address: string;
  readonly userAgent: string | undefined;
  /** What it brings to show that it is a known device; whose these are nobody has looked up yet. */
  readonly deviceTokens?: readonly string[];
}

type Part<E, K extends 'params' | 'query' | 'body'> = E extends { readonly [P in K]: infer S extends z.ZodType }
  ? { readonly [P in K]: z.output<S> }
  : unknown;
type PrincipalPart<E extends EndpointDefinition> = E['access']['kind'] extends 'public' | 'write-key' | 'oauth'
  ? unknown
  : { readonly principal: E['access']['kind'] extends 'signed-in' ? Principal : MemberPrincipal };
type IfMatchPart<E> = E extends { readonly ifMatch: true }
  ? { readonly ifMatch: number }
  : E extends { readonly ifMatch: 'optional' }
    ? { readonly ifMatch: number | undefined }
    : unknown;
type StreamPart<E extends EndpointDefinition> = E['success'] extends { readonly stream: object } ? { readonly lastEventId: string | undefined } : unknown;
type SharePasswordPart<E> = E extends { readonly sharePassword: true } ? { readonly sharePassword: string | undefined } : unknown;
type CookiesPart<E> = E extends { readonly cookies: true } ? { readonly cookies: ReadonlyMap<string, string> } : unknown;

/** What a handler of the endpoint gets, parsed and authorised. */
export type InputOf<E extends EndpointDefinition> = Part<E, 'params'> &
  Part<E, 'query'> &
  Part<E, 'body'> &
  PrincipalPart<E> &
  IfMatchPart<E> &
  StreamPart<E> &
  SharePasswordPart<E> &
  CookiesPart<E> & { readonly client: Client };

type BodyOf<E extends EndpointDefinition> = E['success'] extends { readonly schema: infer S extends z.ZodType }
  ? z.output<S>
  : E['success'] extends { readonly file: object } | { readonly stream: object }
    ? FileBody
    : void;

/** What a handler of the endpoint returns. */
export type OutputOf<E extends EndpointDefinition> = E['success'] extends { readonly etag: true }
  ? Versioned<BodyOf<E>>
  : E['success'] extends { readonly status: 302 }
    ? Redirect
    : BodyOf<E>;
