// Package coverage shows when nobody hears: for a week and each channel, how
// many members take conversations at each half hour.
//
// Nobody enters it. It follows from what each member has chosen: the channels
// they have on, their quiet hours by the clock of their own place, and a focus
// that they are in. A half hour counts for whoever hears all of it.
//
// A week has the half hours that it really has, by the clock of the
// organization: one in which that is put forward has two fewer.
//
// Members with the same hours are counted together, so ten thousand of them
// take hardly longer than their different hours do.
package coverage
