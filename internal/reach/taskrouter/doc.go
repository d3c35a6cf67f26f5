// Package taskrouter keeps the workers of Twilio TaskRouter in step with what
// members take on here.
//
//	a channel, or focus, changes ──► pushes: one row a person ──job──► worker's channels
//	                                        ▲                             │ no answer, 429, 5xx
//	                                        └──────────── later ──────────┘
//	now and then, or asked for ──job──► look ──► drift, shown with push or pull
//
// No worker is ever made. A member is the worker whose attribute nameplate_user
// is their id, or else the one whose attribute email is their address; where
// several are, none is touched. A channel is matched by the unique name of the
// task channel. Switched off, or in focus, it is set to be not available, and
// keeps its capacity.
//
// A push is not what was changed, but what is so when it runs: it reads, writes
// what differs and may run again. So nothing is doubled, whatever crashes, and
// of many changes during an outage the last is written. The row of a push stays
// until it is done, so nothing is lost. After a failure nobody calls for a
// while, so that an outage holds up no other job.
//
// Who belongs to several organizations is one worker, and follows the one that
// is marked as main.
package taskrouter
