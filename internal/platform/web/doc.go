// Package web is the ground that every page stands on: rendering a templ
// component with a status, turning an error into the error page, reading a
// form, and the check of addresses that a person is sent back to.
//
// The components themselves are in package ui. Which frame a page gets (who is
// signed in, what the side bar offers) is for app to say, through [Pages].
package web
