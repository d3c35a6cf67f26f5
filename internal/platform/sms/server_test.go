package sms_test

import (
	"strings"
	"testing"

	"nameplate/internal/platform/sms"
)

func TestAnAccountIsReadFromAnAddress(t *testing.T) {
	for text, want := range map[string]sms.Server{
		"twilio://AC1:token@?from=%2B15550100": {Account: "AC1", From: "+15550100", Scheme: "https", Host: "api.twilio.com"},
		"twilio://AC1:token@twilio.example:8443/?workspace=WS1&from=%2B15550100&whatsapp=%2B15550101": {
			Account: "AC1", From: "+15550100", WhatsApp: "+15550101", Workspace: "WS1", Scheme: "https", Host: "twilio.example:8443",
		},
		"twilio://AC1:token@[::1]:4010?insecure=true&from=%2B15550100": {Account: "AC1", From: "+15550100", Scheme: "http", Host: "[::1]:4010"},
		"twilio://AC1:token@127.0.0.1?insecure=true":                   {Account: "AC1", Scheme: "http", Host: "127.0.0.1"},
	} {
		got, err := sms.ParseServer(text)
		if err != nil || got.Account != want.Account || got.From != want.From || got.WhatsApp != want.WhatsApp || got.Workspace != want.Workspace || got.Scheme != want.Scheme || got.Host != want.Host || got.Token.Reveal() != "token" {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
}

func TestAWrongAddressIsRefusedWithAReasonAndWithoutTheToken(t *testing.T) {
	const hidden = "hunter2"
	for text, want := range map[string]string{
		"smtp://AC1:hunter2@host":                        "twilio://",
		"twilio://host?from=%2B15550100":                 "account and its token",
		"twilio://AC1@host":                              "account and its token",
		"twilio://:hunter2@host":                         "account and its token",
		"twilio://AC1%2Fx:hunter2@host":                  "letters and digits",
		"twilio://AC1:hunter2@host/path":                 "form",
		"twilio://AC1:hunter2@host#x":                    "form",
		"twilio://AC1:hunter2@host?from=15550100":        "from",
		"twilio://AC1:hunter2@host?from=+15550100":       "from",
		"twilio://AC1:hunter2@host?whatsapp=15550100":    "whatsapp",
		"twilio://AC1:hunter2@host?workspace=WS/1":       "workspace",
		"twilio://AC1:hunter2@host?form=%2B15550100":     "query",
		"twilio://AC1:hunter2@host?from=a&from=b":        "query",
		"twilio://AC1:hunter2@host?from=%zz":             "query",
		"twilio://AC1:hunter2@host?insecure=true":        "this machine",
		"twilio://AC1:hunter2@127.0.0.1?insecure=yes":    "insecure",
		"twilio://AC1:hunter2@10.0.0.1:80?insecure=true": "this machine",
		"twilio://AC1:hunter2%@host":                     "%XX",
	} {
		if _, err := sms.ParseServer(text); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), hidden) {
			t.Errorf("%s: %v, want a word of %s", text, err, want)
		}
	}
}

func TestTheAddressToReachHasAPort(t *testing.T) {
	for text, want := range map[string]string{
		"twilio://AC1:token@": "api.twilio.com:443", "twilio://AC1:token@[::1]": "[::1]:443",
		"twilio://AC1:token@localhost:4010": "localhost:4010", "twilio://AC1:token@localhost?insecure=true": "localhost:80",
	} {
		s, err := sms.ParseServer(text)
		if err != nil || s.Address() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
