package portrait

import (
	"github.com/danielgtaylor/huma/v2"

	"nameplate/internal/platform/api"
)

// Describe adds an operation that takes a picture to the API's document. T is
// what it answers; what op says of itself stays.
func Describe[T any](a *api.API, op huma.Operation, answer string) {
	number, binary := &huma.Schema{Type: "integer"}, &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
	op.Parameters = append(op.Parameters,
		&huma.Param{Name: "x", In: "query", Schema: number, Description: "Left edge of the square, in pixels of the upright picture."},
		&huma.Param{Name: "y", In: "query", Schema: number, Description: "Upper edge of the square."},
		&huma.Param{Name: "size", In: "query", Schema: number, Description: "Side of the square. Without the three the largest square in the middle is taken."},
	)
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"image/png": binary, "image/jpeg": binary,
		"multipart/form-data": {Schema: &huma.Schema{Type: "object", Properties: map[string]*huma.Schema{"file": {Type: "string", Format: "binary"}}}},
	}}
	op.Responses = map[string]*huma.Response{
		"200": {Description: answer, Content: api.Content[T](a, "application/json")},
		"413": {Description: "More than 2,097,152 bytes"},
		"415": {Description: "Neither PNG nor JPEG by content"},
		"422": {Description: "Too many pixels, too long a side, undecodable, or a crop outside of the picture"},
	}
	a.Describe(op)
}
