import { processEnvironment, tokenEnvironment } from '@atrium/platform/config';
import { z } from 'zod';

const milliseconds = (byDefault: number) => z.coerce.number().int().min(10).max(600_000).default(byDefault);
const origins = z
  .string()
  .transform((list) => list.split(',').map((item) => item.trim()).filter(Boolean))
  .pipe(z.array(z.url().transform((url) => new URL(url).origin)));

export const gatewayConfig = z
  .object({
    ...processEnvironment,
    ...tokenEnvironment,
    /** Base URL under which clients reach the gateway; it stands in the API document. */
    PUBLIC_URL: z.url(),
    /** Base URL of the web app, whose pages may call the API. */
    APP_URL: z.url(),
    /** Base URLs of the services. */
    AUTH_URL: z.url(),
    USERS_URL: z.url(),
    GALLERY_URL: z.url(),
    EVENTS_URL: z.url(),
    /** Multiplies every rate limit. */
    LIMIT_SCALE: z.coerce.number().positive().max(1_000_000).default(1),
    /** Comma-separated origins whose scripts may call the API; the web app's where unset. */
    CORS_ORIGINS: origins.optional(),
    /** To a service: until the connection stands. */
    UPSTREAM_CONNECT_TIMEOUT_MS: milliseconds(2_000),
    /** To a service: from the request's end to the answer's first byte. */
    UPSTREAM_TIMEOUT_MS: milliseconds(30_000),
    /** To a service: between two pieces of an answer; event streams send a heartbeat more often. */
    UPSTREAM_IDLE_TIMEOUT_MS: milliseconds(60_000),
    /** Requests under way at one service, beyond which the gateway answers 503 at once. */
    UPSTREAM_MAX_IN_FLIGHT: z.coerce.number().int().min(1).max(100_000).default(2_048),
    /** From a client: until the headers are complete. */
    CLIENT_HEADERS_TIMEOUT_MS: milliseconds(10_000),
    /** From a client: until the whole request is complete. */
    CLIENT_REQUEST_TIMEOUT_MS: milliseconds(60_000),
    /** Between a client's requests; above the load balancer's idle timeout, so that it closes first. */
    CLIENT_KEEP_ALIVE_MS: milliseconds(75_000),
    /** After the listener closed: until requests under way are cut. */
    DRAIN_TIMEOUT_MS: z.coerce.number().int().min(0).max(60_000).default(15_000),
  })
  .transform((config) => ({ ...config, CORS_ORIGINS: config.CORS_ORIGINS ?? [new URL(config.APP_URL).origin] }));

export type GatewayConfig = z.output<typeof gatewayConfig>;
