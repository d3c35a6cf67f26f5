package errs_test

import (
	"testing"

	"nameplate/internal/platform/errs"
)

func TestOnlyWhatBlamesAFieldIsAFaultOfOne(t *testing.T) {
	short, busy := errs.New(errs.Invalid, "short").On("name"), errs.New(errs.Unavailable, "busy")
	var f errs.Fields
	if f.Add(nil) != nil || f.Add(short) != nil || f.Add(errs.Fields{short, short}) != nil || len(f) != 3 {
		t.Errorf("the faults are %v", f)
	}
	if f.Add(busy) != busy || len(f) != 3 {
		t.Errorf("a busy server became a fault: %v", f)
	}
}
