// Package picture makes profile pictures out of what people upload.
//
// What goes in is bytes that claim nothing: their content says whether they
// are a PNG or a JPEG, and anything else is refused. What comes out is always
// our own encoding of pixels, upright, square, in four sizes, so that neither
// a place, a comment, a hidden thumbnail nor a script behind the last pixel
// survives. The bytes that came in are kept by no one.
//
// The order of the checks is the protection: bytes are counted before they are
// looked at, pixels before they are decoded, and at most two pictures are
// decoded at a time, a large one alone.
//
// Who has no picture gets initials, drawn by [ReadInitials].
package picture
