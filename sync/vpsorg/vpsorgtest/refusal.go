package vpsorgtest

import (
	"html"
	"net/http"
	"strconv"
)

// A refusal says why a call is not done.
type refusal struct {
	status int
	field  string // to blame; may be empty
	detail string
}

func (r *refusal) Error() string {
	if r.field == "" {
		return r.detail
	}
	return r.field + ": " + r.detail
}

func refuse(status int, field, detail string) *refusal { return &refusal{status, field, detail} }

func invalid(field, detail string) *refusal { return refuse(http.StatusBadRequest, field, detail) }

func notFound() *refusal { return refuse(http.StatusNotFound, "", "Not found.") }

// code is the error_code of a status; the documentation shows the first only.
func (r *refusal) code() string {
	switch r.status {
	case http.StatusBadRequest:
		return "validation_error"
	case http.StatusUnauthorized:
		return "authentication_failed"
	case http.StatusForbidden:
		return "permission_denied"
	case http.StatusNotFound:
		return "not_found"
	case http.StatusMethodNotAllowed:
		return "method_not_allowed"
	case http.StatusUnsupportedMediaType:
		return "unsupported_media_type"
	}
	return "error"
}

// reply returns the refusal as an answer in a style.
func (r *refusal) reply(style ErrorStyle) reply {
	texts := []string{r.detail}
	var body []byte
	switch style {
	case ErrorDetail:
		body = object{{"detail", r.detail}}.encode()
	case ErrorFields:
		if body = (object{{"detail", r.detail}}).encode(); r.field != "" {
			body = object{{r.field, texts}}.encode()
		}
	case ErrorNonField:
		body = object{{"non_field_errors", texts}}.encode()
	case ErrorArray:
		body = mustJSON(texts)
	case ErrorEmpty:
	case ErrorHTML:
		title := strconv.Itoa(r.status) + " " + http.StatusText(r.status)
		body = []byte("<!DOCTYPE html><html><head><title>" + title + "</title></head><body><h1>" + title +
			"</h1><p>" + html.EscapeString(r.detail) + "</p></body></html>")
	default:
		o := object{{"detail", r.detail}, {"error_code", r.code()}}
		if r.field != "" {
			o = o.with("field", r.field)
		}
		body = o.encode()
	}
	return newReply(r.status, body)
}
