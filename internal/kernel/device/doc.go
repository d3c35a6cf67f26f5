// Package device knows the browsers that a person has signed in with.
//
// A browser that has signed in all the way gets a cookie that outlives the
// session. It opens nothing. It makes the account know the browser again, which
// is good for two things: wrong passwords of strangers do not count against
// it, because it has a lane of its own, and its sign-in is no news that the
// owner is told of.
//
// The cookie is a random token of which the row has the hash. Where the account
// does not know the browser, the token is a fresh one: nobody can plant a
// cookie and share what becomes of it. The rows of other people who use the
// same browser move to the fresh token. A browser that is known keeps its
// token, so that an answer that got lost makes no stranger of it.
//
// A row holds the credential epoch of its user. What raises that (a reset, the
// revert key, a lost device, a deactivation) makes the account forget every
// browser, without being looked for.
package device
