package api

import (
	"bytes"
	"encoding/json"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Optional is a field of a merge patch (RFC 7396): absent leaves the value,
// null empties it, anything else sets it.
type Optional[T any] struct {
	Present bool
	Null    bool
	Value   T // the zero value for null
}

// UnmarshalJSON notes that the field is present.
func (o *Optional[T]) UnmarshalJSON(data []byte) error {
	o.Present = true
	if o.Null = bytes.Equal(data, []byte("null")); o.Null {
		return nil
	}
	return json.Unmarshal(data, &o.Value)
}

// Schema is that of T, or null.
func (o Optional[T]) Schema(r huma.Registry) *huma.Schema {
	s := *huma.SchemaFromType(r, reflect.TypeFor[T]())
	s.Nullable = true
	return &s
}

// Pointer returns the value if it is present, else nil.
func (o Optional[T]) Pointer() *T {
	if !o.Present {
		return nil
	}
	return &o.Value
}

// Moment is a time as it stands in an answer: null, or absent, where there is
// none.
func Moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
