// Package push brings notifications to browsers that have allowed it, also
// while no page is open.
//
//	Allow ──► a device of the session
//	Send  ──► a job for each living device, in the caller's transaction
//	             └──► encrypted for the browser ──► the push service of its maker
//	                                                 201 delivered · 404, 410 the device is gone ·
//	                                                 429, 5xx, no answer: again, for an hour
//
// A device lives as long as the session in which it was allowed: signing out,
// losing a device and whatever else ends sessions ends its pushes. A browser
// that signs in again offers itself anew.
//
// A try that was cut off may have been taken. So each push carries a topic and a
// tag: the service keeps but the last one of a topic, and a browser shows one of
// a tag once.
//
// The addresses are entered by browsers, or whoever claims to be one, so they are
// called through the guarded client alone. The services learn neither who is
// told nor what.
package push
