# One image for every service of docker-compose.yml: Slipway, its servers and the host
# tools that it runs. docs/compose.md says how it is built where no registry answers.
#
# BASE has Debian 12 and Node 20 with npm.
ARG BASE=node:20-bookworm-slim

FROM ${BASE} AS build
WORKDIR /src
COPY . .
RUN npx --yes "$(node -p 'require("./package.json").packageManager')" install --frozen-lockfile --reporter=append-only \
    && node scripts/build.mjs \
    && node scripts/pack.mjs /slipway

FROM ${BASE}
RUN apt-get update -q \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
      ca-certificates catatonit conmon containernetworking-plugins crun iptables isal nats-server redis-server runc runsc \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /slipway /opt/slipway
COPY docker/ /opt/slipway/docker/
RUN ln -s /opt/slipway/packages/cli/bin/slipway /usr/local/bin/slipway
CMD ["slipway", "--help"]
