package e2e

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"nameplate/internal/platform/dns/dnstest"
	"nameplate/internal/platform/sms/smstest"
)

// Made once, in TestMain, for all tests.
var (
	program string          // path of the built server
	browser context.Context // the one Chromium
	common  *server         // on SQLite, with an owner; for tests that bring their own people
	twilio  *smstest.Twilio // where common sends its texts

	resolver *dnstest.Server // whom common asks for the records of domains
)

var (
	shots  = flag.String("shots", "", "folder for pictures of every page")
	guided = flag.String("guide", "", "folder for the pictures of the guide")
)

func TestMain(m *testing.M) {
	flag.Parse()
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "nameplate-e2e")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	if program, err = build(dir); err != nil {
		return 0, err
	}
	stop, err := openBrowser(filepath.Join(dir, "browser"))
	if err != nil {
		return 0, err
	}
	defer stop()
	twilio = smstest.Listen()
	defer twilio.Close()
	places, err := atlas(dir)
	if err != nil {
		return 0, err
	}
	var silence func()
	if resolver, silence, err = dnstest.Listen(); err != nil {
		return 0, err
	}
	defer silence()
	if common, err = start(filepath.Join(dir, "data"), "NAMEPLATE_TWILIO="+twilio.URL.Reveal(), "NAMEPLATE_GEOIP="+places,
		"NAMEPLATE_DNS="+resolver.Addr, "NAMEPLATE_ALLOW_PRIVATE_TARGETS=127.0.0.0/8", "NAMEPLATE_MAIL_DELAY=1s"); err != nil {
		return 0, err
	}
	defer func() {
		if stopErr := common.stop(); stopErr != nil && err == nil {
			err = stopErr
		}
	}()
	if err := common.own(); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

func build(dir string) (string, error) {
	path := filepath.Join(dir, "nameplate")
	cmd := exec.Command("go", "build", "-tags", "nodynamic", "-o", path, "nameplate/cmd/nameplate")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the server: %w\n%s", err, out)
	}
	return path, nil
}

// openBrowser starts Chromium with nothing of its own going on.
func openBrowser(profile string) (stop func(), err error) {
	options := []chromedp.ExecAllocatorOption{
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.UserDataDir(profile), chromedp.WindowSize(1440, 900),
		chromedp.Flag("force-color-profile", "srgb"),
		chromedp.Flag("lang", "en-GB"),
	}
	for _, quiet := range []string{
		"disable-quic", "disable-background-networking", "disable-component-update", "disable-sync", "disable-dev-shm-usage",
		"disable-background-timer-throttling", "disable-backgrounding-occluded-windows", "disable-renderer-backgrounding",
		"disable-default-apps", "disable-extensions", "hide-scrollbars", "mute-audio",
	} {
		options = append(options, chromedp.Flag(quiet, true))
	}
	allocator, free := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	if err := chromedp.Do(ctx); err != nil {
		free()
		return nil, fmt.Errorf("start Chromium (these tests need it): %w", err)
	}
	browser = ctx
	return func() { cancel(); free() }, nil
}
