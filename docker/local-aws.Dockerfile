# syntax=docker/dockerfile:1
# S3, SQS, Secrets Manager and a mail inbox for docker/compose.yml, which is for development alone. Built from the repository's root.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS sources
WORKDIR /atrium
COPY package.json package-lock.json .npmrc tsconfig.base.json ./
COPY libs libs
COPY docker/manifests.mjs ./

FROM sources AS compiled
RUN node manifests.mjs compile && npm ci --ignore-scripts --workspace @atrium/local --include-workspace-root
COPY --from=sources /atrium ./
RUN node node_modules/typescript7/bin/tsc -b libs/local

# Without the embedded engines, which are optional packages: PostgreSQL and ClickHouse are containers of their own.
FROM sources AS packages
RUN node manifests.mjs run && npm ci --ignore-scripts --omit=dev --omit=optional --workspace @atrium/local

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /atrium
COPY --from=packages /atrium ./
COPY --from=compiled /atrium/libs libs
RUN mkdir -p /data /shared/aws /shared/clickhouse /shared/postgres && chown -R 1000:1000 /data /shared
USER 1000:1000
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8025/').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "libs/local/dist/containers/main.js"]
