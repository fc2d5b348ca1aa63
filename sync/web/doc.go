// Package web serves how the daemon stands over HTTP, and takes the two requests that
// ask for a cycle at once: a Git service's webhook and POST /api/v1/sync.
//
// It reads a daemon.Status and calls a trigger; it starts no cycle itself, writes nothing
// and keeps nothing but its metrics. It speaks plain HTTP: TLS belongs to a proxy in
// front of it. Only the two POST paths ask for a secret, the others show names of zones
// and reasons, so it listens on loopback unless told otherwise.
package web
