package picture

import (
	"bytes"
	"encoding/binary"
)

const (
	markerSOS  = 0xda // the pixels follow
	markerAPP1 = 0xe1 // Exif, XMP
	markerCOM  = 0xfe
)

// bare returns a JPEG without Exif, XMP and comments, and its orientation as
// Exif has it, 1 to 8. Cameras write much of that wrongly, and none of it but
// the orientation matters here.
func bare(data []byte) (out []byte, orientation int) {
	orientation = 1
	out = append(make([]byte, 0, len(data)), data[:2]...)
	for rest := data[2:]; ; {
		if len(rest) < 4 || rest[0] != 0xff || rest[1] == markerSOS {
			return append(out, rest...), orientation
		}
		end := 2 + int(binary.BigEndian.Uint16(rest[2:]))
		if end < 4 || end > len(rest) {
			return append(out, rest...), orientation
		}
		switch rest[1] {
		case markerAPP1:
			if tiff, ok := bytes.CutPrefix(rest[4:end], []byte("Exif\x00\x00")); ok && orientation == 1 {
				orientation = orientationIn(tiff)
			}
		case markerCOM:
		default:
			out = append(out, rest[:end]...)
		}
		rest = rest[end:]
	}
}

// orientationTag is that of TIFF 6.0.
const orientationTag = 0x0112

// orientationIn reads the orientation out of a TIFF structure. It is 1 if
// there is none or it makes no sense.
func orientationIn(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch string(tiff[:4]) {
	case "II*\x00":
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 1
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return 1
	}
	n := int(order.Uint16(tiff[at:]))
	for entry := tiff[at+2:]; n > 0 && len(entry) >= 12; n, entry = n-1, entry[12:] {
		if o := order.Uint16(entry[8:]); order.Uint16(entry) == orientationTag && o >= 1 && o <= 8 {
			return int(o)
		}
	}
	return 1
}
