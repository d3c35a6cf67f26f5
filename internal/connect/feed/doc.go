// Package feed lets services read what changed in an organization, from where
// they were: for those who ask rather than wait for a webhook.
//
// The cursor is a place in the organization's trail, so nothing is skipped and
// whoever asks with an older one reads again what follows it. Entries of the
// journal that are nobody else's business move the cursor on and are not told.
package feed
