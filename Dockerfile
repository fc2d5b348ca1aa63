# One static binary, no shell, no root. The build sees no .git, so pass in what it is built from:
#   docker build -t zonetender \
#     --build-arg VERSION="$(git describe --tags --always)" \
#     --build-arg COMMIT="$(git rev-parse HEAD)" \
#     --build-arg DATE="$(TZ=UTC git show -s --format=%cd --date=format-local:%Y-%m-%dT%H:%M:%SZ)" .
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# Without a commit the daemon knows this build by the digest of its executable.
ARG VERSION=
ARG COMMIT=
ARG DATE=
RUN CGO_ENABLED=0 go build -trimpath -o /out/zonetender \
    -ldflags="-s -w -X main.version=$VERSION -X main.commit=$COMMIT -X main.date=$DATE" ./cmd/zonetender
# A new volume takes the owner of the folder it is mounted on.
RUN mkdir -p /out/state

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/zonetender /zonetender
COPY --from=build --chown=65532:65532 /out/state /var/lib/zonetender
USER 65532:65532
# There is no /tmp: temporary files go where the user may write.
ENV TMPDIR=/var/lib/zonetender \
    ZONETENDER_STATE_DIR=/var/lib/zonetender \
    ZONETENDER_LISTEN=0.0.0.0:8053
VOLUME /var/lib/zonetender
EXPOSE 8053
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["/zonetender", "daemon", "--health"]
ENTRYPOINT ["/zonetender"]
CMD ["daemon"]
