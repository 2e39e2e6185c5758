# What cloudbuild.yaml's own steps run in: Rust, Node.js, Python and a Docker client, as docker/*.sh expect them. Nothing of it is shipped.
ARG RUST=rust:1.91-bookworm
ARG NODE=node:24-bookworm

FROM ${NODE} AS node

FROM ${RUST}
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
# hadolint ignore=DL3008
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
    && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx \
    && apt-get update \
    && apt-get install -y --no-install-recommends docker.io make python3 python3-venv shellcheck \
    && rm -rf /var/lib/apt/lists/* \
    && rustup component add clippy rustfmt \
    && cargo install --locked --root /usr/local cargo-nextest@0.9.143
WORKDIR /workspace
