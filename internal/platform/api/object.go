package api

import (
	"bytes"

	"github.com/danielgtaylor/huma/v2"
)

// Object is a JSON object whose fields another standard names.
type Object []byte

// UnmarshalJSON keeps the object as it is written.
func (o *Object) UnmarshalJSON(data []byte) error {
	*o = bytes.Clone(data)
	return nil
}

// Schema is that of any object.
func (Object) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}
}
