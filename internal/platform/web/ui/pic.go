package ui

// Sizes of a picture.
const (
	PicXS = "xs" // 24 px
	PicS  = ""   // 32 px
	PicM  = "m"  // 40 px
	PicL  = "l"  // 64 px
)

// Picture is a small portrait.
type Picture struct {
	URL  string // empty: an icon stands in
	Alt  string // empty where the name stands beside it
	Size string
	AI   bool // of a digital employee
}

func (p Picture) class() string {
	class := "pic"
	if p.Size != PicS {
		class += " " + p.Size
	}
	if p.AI {
		class += " ai"
	}
	return class
}

func (p Picture) icon() string {
	if p.AI {
		return "spark"
	}
	return "user"
}
