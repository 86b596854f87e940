# docker build -t parley . && docker run -d -p 8000:8000 -v parley:/data parley
# Debian is the base for its glibc, which the runtime is built for. Node is needed while building only.

FROM node:20-bookworm-slim AS build
WORKDIR /parley
# The lists of dependencies come first: as long as they stay the same, so does the installed layer.
COPY package.json package-lock.json .npmrc ./
COPY apps/server/package.json apps/server/
COPY apps/cli/package.json apps/cli/
COPY apps/web/package.json apps/web/
COPY packages/client/package.json packages/client/
COPY packages/protocol/package.json packages/protocol/
RUN npm ci --include=dev --no-progress --loglevel=error && npm cache clean --force --loglevel=error
COPY . .
RUN node scripts/build-web.mjs && node scripts/assemble.mjs /out

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="Parley" \
      org.opencontainers.image.description="A self-hosted, real-time, multi-room chat that keeps its promises." \
      org.opencontainers.image.licenses="MIT"
# A fixed id, so that the owner of a bind-mounted data folder can be named: chown 10001:10001.
RUN groupadd --gid 10001 parley \
 && useradd --uid 10001 --gid parley --home-dir /data --no-create-home --shell /usr/sbin/nologin parley \
 && install -d -o parley -g parley -m 0700 /data
COPY --from=build /out/bun /usr/local/bin/bun
COPY --from=build /out/parley /parley
# `parley` alone serves; `docker exec <container> parley backup /data/today.backup` and the like do the rest.
RUN printf '#!/bin/sh\nexec bun /parley/apps/cli/src/main.ts "$@"\n' > /usr/local/bin/parley && chmod 0755 /usr/local/bin/parley
WORKDIR /parley
ENV NODE_ENV=production \
    PARLEY_HOST=0.0.0.0 \
    PARLEY_PORT=8000 \
    PARLEY_DATA=/data \
    BUN_RUNTIME_TRANSPILER_CACHE_PATH=0
USER parley
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 \
  CMD ["bun", "-e", "const r = await fetch(`http://127.0.0.1:${process.env.PARLEY_PORT}/healthz`); process.exit(r.ok ? 0 : 1)"]
ENTRYPOINT ["parley"]
