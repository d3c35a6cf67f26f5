// Package card makes what customers see of a person.
//
// One function, [Make], turns a person into a [Card], for every surface: the
// API, the page /c/{user}, the live stream, the embed and the preview beside
// the profile's form. What is not public never enters it, so no surface can
// show it.
//
// A card is asked for far more often than it changes. The encoded bytes are
// kept in memory under a mark of the live feed: any change to the person or to
// the organization makes the mark stale, and the next request reads the
// database again. A stream waits on the same feed and sends the card when its
// ETag is another one.
package card
