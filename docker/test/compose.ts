import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

const service = z.object({
  image: z.string(),
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(z.string()).default([]),
  tmpfs: z.array(z.string()).default([]),
  read_only: z.boolean().default(false),
  build: z.object({ dockerfile: z.string(), args: z.record(z.string(), z.string()).default({}) }).optional(),
  ports: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
});
export type ComposeService = z.output<typeof service>;

const file = new URL('../compose.yml', import.meta.url);

/** `docker/compose.yml` as it is written, its merges done. */
export const composeDocument = (): unknown => parse(readFileSync(file, 'utf8'), { merge: true });

/** Its services by name. */
export const composeServices = (): Readonly<Record<string, ComposeService>> =>
  z.object({ services: z.record(z.string(), service) }).parse(composeDocument()).services;
