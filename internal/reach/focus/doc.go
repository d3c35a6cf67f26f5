// Package focus lets a person be left alone until a moment: no conversation
// comes to them meanwhile, and their card says when they are back.
//
// It belongs to the person and holds in every organization of theirs. Nothing
// has to end it: whoever asks compares its end with the clock, so what it held
// back comes back by itself, with every number as it was.
package focus
