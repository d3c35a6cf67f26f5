// Package docs holds the guide: one Markdown file a page, which people read
// here, in a browser of the repository, and inside the product.
package docs

import "embed"

// Guide is the folder guide with its pages.
//
//go:embed guide/*.md
var Guide embed.FS
