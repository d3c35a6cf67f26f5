package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"nameplate/internal/platform/errs"
)

// What is wrong with a body before any field is looked at.
var (
	ErrMalformed = errs.New(errs.Malformed, "malformed_request")
	ErrMediaType = errs.New(errs.Unsupported, "unsupported_media_type")
)

var errDuplicate = errors.New("a key stands twice")

// maxDepth is how deep objects and lists may nest.
const maxDepth = 32

// strictJSON takes one JSON value and nothing behind it, in UTF-8, in which no
// object has a key twice: what two readers would understand differently is
// refused. Unknown fields are found by the schema.
var strictJSON = huma.Format{
	Marshal: func(w io.Writer, v any) error {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	},
	Unmarshal: func(data []byte, v any) error {
		if err := strict(data); err != nil {
			return err
		}
		return json.Unmarshal(data, v)
	},
}

func strict(data []byte) error {
	if !utf8.Valid(data) {
		return errors.New("not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := strictValue(d, 0); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the value")
	}
	return nil
}

func strictValue(d *json.Decoder, depth int) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	if depth > maxDepth {
		return errors.New("nested too deep")
	}
	switch t {
	case json.Delim('{'):
		return strictObject(d, depth+1)
	case json.Delim('['):
		for d.More() {
			if err := strictValue(d, depth+1); err != nil {
				return err
			}
		}
		_, err = d.Token()
	}
	return err
}

func strictObject(d *json.Decoder, depth int) error {
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		key, ok := t.(string)
		if !ok {
			return fmt.Errorf("a key is a %T", t)
		}
		if seen[key] {
			return errDuplicate
		}
		seen[key] = true
		if err := strictValue(d, depth); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

func mediaType(header string) string {
	t, _, err := mime.ParseMediaType(header)
	if err != nil {
		return ""
	}
	return t
}

func indent(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}
