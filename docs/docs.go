// Package docs holds the guide: one Markdown file a page, which people read
// here, in a browser of the repository, and inside the product.
package docs

import "embed"

// Guide is the folder guide with its pages and their pictures.
//
//go:embed guide/*.md guide/pictures/*.webp
var Guide embed.FS
