// Package jobs runs work after the transaction that asked for it commits.
//
// A job is a row, inserted in the caller's transaction: it runs if, and only
// if, that transaction commits. Work that can fail outside, such as sending a
// mail, belongs here.
//
//	insert ──▶ due ──claim──▶ held ──done──▶ gone
//	            ▲              │ failed, or its lease ran out
//	            └──── later ◀──┘
//
// Workers may run a job more than once: after a crash, or when a run outlives
// its lease. So a job must be safe to repeat. Each claim raises the job's
// number of attempts, and a worker may finish or postpone only the attempt it
// holds; one that was overtaken changes nothing.
//
// Jobs wait in lanes, each with workers of its own, so that what somebody waits
// for never stands behind a mail server that is slow ([Lane]).
//
// What a job was given is sealed in the table and appears in no log.
package jobs
