package identity

import (
	"strconv"

	"nameplate/internal/platform/picture"
)

// Sizes are the pixels of a side in which a picture is kept.
var Sizes = picture.Sizes

// Avatar is what stands for a person: a picture, the logo of the organization,
// or the initials.
type Avatar struct {
	URL   string            `json:"url"`
	Sizes map[string]string `json:"sizes" doc:"URL for each number of pixels of a side."`
	Kind  string            `json:"kind" doc:"picture, organization or initials"`
}

// AvatarOf returns the addresses of what stands for a user as a member, under
// base, which may be empty for paths. Without a picture that is the logo, if
// the organization wants that. The address of initials spells them, so that it
// is as immutable as that of a picture, and it holds nothing that the name on
// the card does not.
func AvatarOf(base string, u User, m Membership) Avatar {
	switch {
	case u.Picture != "":
		return pictureAt(base, u.Picture, "picture")
	case m.LogoForMembers && m.OrganizationLogo != "":
		return pictureAt(base, m.OrganizationLogo, "organization")
	}
	url := base + "/avatars/" + picture.InitialsName(u.Name(), u.ID) + "/initials.svg"
	a := Avatar{URL: url, Kind: "initials", Sizes: map[string]string{}}
	for _, size := range Sizes {
		a.Sizes[strconv.Itoa(size)] = url
	}
	return a
}

func pictureAt(base, name, kind string) Avatar {
	a := Avatar{Kind: kind, Sizes: map[string]string{}}
	for _, size := range Sizes {
		a.Sizes[strconv.Itoa(size)] = base + "/avatars/" + name + "/" + strconv.Itoa(size) + ".webp"
	}
	a.URL = a.Sizes["256"]
	return a
}

// LogoOf returns the addresses of a logo under base; none where there is none.
func LogoOf(base, logo string) Avatar {
	if logo == "" {
		return Avatar{}
	}
	return pictureAt(base, logo, "organization")
}
