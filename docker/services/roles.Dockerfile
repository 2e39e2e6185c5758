# The images of the roles: one program, the libraries it loads, certificates. No shell, no package manager, no root.
#
#   docker/services.sh                builds all of them from target/cloud/release/berth, without a registry
#   cloudbuild.yaml                   the same file, with Debian's own image as BASE
#
# The context is a folder that holds `berth`, built on the system of BASE or an older one.
ARG BASE=berth-base:bookworm

# hadolint ignore=DL3006
FROM ${BASE} AS files
COPY berth /files/usr/bin/berth
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
# The loader and libraries by the paths they are looked for at; a name for the user. Time zones are in the program.
RUN chmod 0755 /files/usr/bin/berth \
    && ldd /files/usr/bin/berth | grep -o '/[^ ]*' | while read -r library; do install -D "$(realpath "$library")" "/files$library"; done \
    && mkdir -p /files/etc/ssl/certs \
    && cp /etc/ssl/certs/ca-certificates.crt /files/etc/ssl/certs/ \
    && printf 'berth:x:10001:10001::/nonexistent:/nonexistent\n' >/files/etc/passwd \
    && printf 'berth:x:10001:\n' >/files/etc/group \
    && install -d -m 1777 /files/tmp

FROM scratch AS program
COPY --from=files /files /
USER 10001:10001
ENTRYPOINT ["/usr/bin/berth"]

FROM program AS api
USER 10001:10001
EXPOSE 8080
ENTRYPOINT ["/usr/bin/berth", "api"]

FROM program AS hook
USER 10001:10001
EXPOSE 8080
ENTRYPOINT ["/usr/bin/berth", "scheduler-hook"]

# Given the engine's socket and its group by whoever starts it, and nothing else.
FROM program AS runner
USER 10001:10001
EXPOSE 8090
ENTRYPOINT ["/usr/bin/berth", "runner"]

FROM program AS gateway
USER 10001:10001
ENTRYPOINT ["/usr/bin/berth", "gateway"]
