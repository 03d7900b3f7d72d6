# The service as a container: docker/README.md says how to run it.

FROM docker.io/library/node:24.21.0-bookworm-slim AS base
WORKDIR /app

# No install script is run: argon2 brings its binary. What the build takes is optional to npm, so that `npm start` can build
# without the development dependencies. A private registry needs --secret id=npmrc,src=$HOME/.npmrc; nothing of it is kept.
FROM base AS build
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=npmrc,target=/root/.npmrc,required=false \
    npm ci --omit=dev --ignore-scripts --no-audit --no-fund
COPY . .
# The service's user reads these also where the checkout keeps them to its owner.
RUN npm run build && chmod -R a+rX LICENSE package.json migrations && \
    mkdir bin && ln -s /app/dist/cli.js bin/latchkey
# Without what is optional: the build's packages and the embedded Postgres. npm leaves the directories of their scopes.
RUN npm prune --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund && \
    find node_modules -type d -empty -delete

FROM base
ARG VERSION=dev
ARG REVISION=unknown
ARG SOURCE=
LABEL org.opencontainers.image.title="Latchkey" \
      org.opencontainers.image.description="Self-hosted account management for API clients" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
# Node.js 24 lets its heap grow far beyond what is alive, old and young objects alike, and an idle instance keeps it all.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 NODE_OPTIONS='--max-semi-space-size=16 --max-old-space-size=384'
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/LICENSE /app/package.json ./
COPY --from=build /app/migrations ./migrations
COPY --from=build /app/dist ./dist
COPY --from=build /app/bin/ /usr/local/bin/
# The base image's user "node", as a number: Kubernetes' runAsNonRoot cannot tell a name from root.
USER 1000:1000
EXPOSE 3000
# /livez, not /readyz: an orchestrator that replaces what is unhealthy must not do so while the database is away.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "-e", "require('http').get({ host: '127.0.0.1', port: process.env.PORT, path: '/livez' }, (res) => process.exit(res.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
# Without the base image's entrypoint no shell comes before Node.js, which is process 1 and gets the signals.
ENTRYPOINT []
CMD ["latchkey", "serve"]
