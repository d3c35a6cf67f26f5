// Package api is the ground that every operation of the HTTP API stands on.
//
// Operations are Go functions from an input to an output type. huma makes the
// OpenAPI 3.1 document from those types and binds requests to them; this
// package gives it our strict JSON, our problems (RFC 9457) and the manifest:
// who may call an operation is decided before its body is looked at.
//
// Lengths, formats and permissions are not repeated in the schemas' tags: the
// Service that page and operation share decides, and its errors name the field.
package api
