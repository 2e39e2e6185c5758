# Google Cloud in a container, for docker/compose.yaml: berth-local-cloud with Google's emulators (Java) and the server that stands in for Cloud
# Storage. Built by docker/local-cloud.sh. Emulators are started through a shell, so that this image has one; it holds nothing to protect.
#
# The context is a folder that holds `berth-local-cloud`, `fake-gcs-server` and `platform`, the emulators as the Google Cloud CLI has them.
ARG BASE=berth-base:bookworm

# hadolint ignore=DL3006
FROM ${BASE}
ARG DEBIAN_FRONTEND=noninteractive
# The secret `ca`: certificates of a machine behind a proxy that intercepts TLS. They are in no layer.
# hadolint ignore=DL3008
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    printf 'path-exclude=/usr/share/%s/*\n' doc man locale info >/etc/dpkg/dpkg.cfg.d/berth \
    && mkdir -p /usr/share/man/man1 \
    && apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless >/dev/null \
    && rm -rf /var/lib/apt/lists/* /var/cache/debconf/* /var/log/apt /var/log/*.log
# Emulators are looked for beside the Google Cloud CLI, of which an empty file is enough.
COPY platform /opt/google-cloud-sdk/platform
RUN install -D -m 0755 /dev/null /opt/google-cloud-sdk/bin/gcloud
ENV PATH=/usr/local/bin:/usr/bin:/bin:/opt/google-cloud-sdk/bin
COPY fake-gcs-server berth-local-cloud /usr/local/bin/
USER 10001:10001
EXPOSE 8080 8081
ENTRYPOINT ["/usr/local/bin/berth-local-cloud"]
