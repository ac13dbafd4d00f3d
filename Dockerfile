# syntax=docker/dockerfile:1

# The package is made here, and nothing of this stage stays.
FROM node:24-slim AS build
WORKDIR /source
COPY . .
# No dependency needs its install script for this.
RUN npm ci --ignore-scripts && npm run pack

FROM node:24-slim
COPY --from=build /source/dist/gemini-proxy-*.tgz /tmp/
RUN npm install --global --ignore-scripts --no-audit --no-fund /tmp/gemini-proxy-*.tgz \
  && npm cache clean --force \
  && rm /tmp/gemini-proxy-*.tgz \
  && mkdir --mode=0700 /data \
  && chown node:node /data

USER node
# All addresses of the container; which of the host's lead here is said where the port is published.
ENV NODE_ENV=production \
  GEMINI_PROXY_HOST=0.0.0.0 \
  GEMINI_PROXY_PORT=8787 \
  GEMINI_PROXY_DATA_FOLDER=/data
VOLUME /data
EXPOSE 8787
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=15s --retries=3 \
  CMD gemini-proxy status --json > /dev/null || exit 1
ENTRYPOINT ["gemini-proxy"]
CMD ["serve"]
