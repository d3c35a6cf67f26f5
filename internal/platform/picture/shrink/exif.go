package shrink

import "encoding/binary"

const orientationTag = 0x0112

// orientation returns the EXIF orientation, 1 to 8, out of a TIFF structure.
// It is 1 if there is none or it makes no sense. Nothing else of EXIF is read.
func orientation(tiff []byte) int {
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
		if order.Uint16(entry) == orientationTag {
			return valid(order.Uint16(entry[8:]))
		}
	}
	return 1
}

func valid(o uint16) int {
	if o < 1 || o > 8 {
		return 1
	}
	return int(o)
}
