# One static binary, no shell, no root. Build: docker build -t zonetender .
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /out/zonetender ./cmd/zonetender
# The state folder must belong to the user before a volume is laid over it.
RUN mkdir -p /out/state

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/zonetender /zonetender
COPY --from=build --chown=65532:65532 /out/state /var/lib/zonetender
USER 65532:65532
# There is no /tmp; what is temporary goes where the user may write.
ENV TMPDIR=/var/lib/zonetender \
    ZONETENDER_STATE_DIR=/var/lib/zonetender \
    ZONETENDER_LISTEN=0.0.0.0:8053
VOLUME /var/lib/zonetender
EXPOSE 8053
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["/zonetender", "daemon", "--health"]
ENTRYPOINT ["/zonetender"]
CMD ["daemon"]
