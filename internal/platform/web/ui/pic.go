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
	Logo bool // of an organization
}

func (p Picture) class() string {
	class := "pic"
	if p.Size != PicS {
		class += " " + p.Size
	}
	if p.AI {
		class += " ai"
	}
	if p.Logo {
		class += " logo"
	}
	return class
}

func (p Picture) icon() string {
	switch {
	case p.AI:
		return "spark"
	case p.Logo:
		return "building"
	}
	return "user"
}
