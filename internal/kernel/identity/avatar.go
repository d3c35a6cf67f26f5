package identity

import (
	"strconv"

	"nameplate/internal/platform/picture"
)

// Sizes are the pixels of a side in which a picture is kept.
var Sizes = picture.Sizes

// Avatar is what stands for a person: a picture, or the initials.
type Avatar struct {
	URL   string            `json:"url"`
	Sizes map[string]string `json:"sizes" doc:"URL for each number of pixels of a side."`
	Kind  string            `json:"kind" doc:"picture, organization or initials"`
}

// AvatarOf returns the addresses of a user's picture under base, which may be
// empty for paths. The address of initials spells them, so that it is as
// immutable as that of a picture, and it holds nothing that the name on the
// card does not.
func AvatarOf(base string, u User) Avatar {
	if u.Picture == "" {
		url := base + "/avatars/" + picture.InitialsName(u.Name(), u.ID) + "/initials.svg"
		a := Avatar{URL: url, Kind: "initials", Sizes: map[string]string{}}
		for _, size := range Sizes {
			a.Sizes[strconv.Itoa(size)] = url
		}
		return a
	}
	a := Avatar{Kind: "picture", Sizes: map[string]string{}}
	for _, size := range Sizes {
		a.URL = base + "/avatars/" + u.Picture + "/" + strconv.Itoa(size) + ".webp"
		a.Sizes[strconv.Itoa(size)] = a.URL
	}
	a.URL = a.Sizes["256"]
	return a
}
