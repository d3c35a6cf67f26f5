// Package guide shows the product's guide inside the product.
//
// A page is a Markdown file. It begins with what is known of it: title, one
// sentence, for whom it is, where it stands among the others, who keeps it and
// when it was last held against the product. All pages are read and rendered
// once, at start, so a page that cannot be read ends the start of the program
// and not the patience of a reader.
//
// Links between pages are written as links between files, so that they lead
// somewhere in a browser of the repository too, and are turned into addresses
// here. Markup in a page stays text. The guide is open to everybody: whoever
// cannot sign in needs it most.
package guide
