package saml

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"time"

	"github.com/beevik/etree"
)

// Namespaces.
const (
	nsProtocol  = "urn:oasis:names:tc:SAML:2.0:protocol"
	nsAssertion = "urn:oasis:names:tc:SAML:2.0:assertion"
	nsMetadata  = "urn:oasis:names:tc:SAML:2.0:metadata"
	nsSignature = "http://www.w3.org/2000/09/xmldsig#"
	nsEncrypted = "http://www.w3.org/2001/04/xmlenc#"
)

const (
	maxDepth    = 40
	maxElements = 20_000
)

// comments says whether a document may hold comments.
type comments bool

const (
	plain     comments = false
	commented comments = true
)

// parse reads a document that holds nothing but elements and text.
func parse(raw []byte, may comments) (*etree.Element, error) {
	if err := harmless(raw, may); err != nil {
		return nil, err
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(raw); err != nil || doc.Root() == nil {
		return nil, FaultXML
	}
	return doc.Root(), nil
}

// harmless walks a document without keeping it.
func harmless(raw []byte, may comments) error {
	d := xml.NewDecoder(bytes.NewReader(raw))
	ids, depth, elements, roots := map[string]bool{}, 0, 0, 0
	for {
		token, err := d.Token()
		if err == io.EOF && roots == 1 {
			return nil
		}
		if err != nil {
			return FaultXML
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth == 0 {
				roots++
			}
			depth, elements = depth+1, elements+1
			if depth > maxDepth || elements > maxElements || repeats(ids, t) {
				return FaultXML
			}
		case xml.EndElement:
			depth--
		case xml.Comment:
			if may == plain {
				return FaultXML
			}
		case xml.ProcInst:
			if t.Target != "xml" {
				return FaultXML
			}
		case xml.Directive:
			return FaultXML
		}
	}
}

// repeats notes the ID of an element and reports whether it was there before.
func repeats(ids map[string]bool, e xml.StartElement) bool {
	for _, a := range e.Attr {
		if a.Name.Space == "" && strings.EqualFold(a.Name.Local, "id") {
			if ids[a.Value] {
				return true
			}
			ids[a.Value] = true
		}
	}
	return false
}

func is(e *etree.Element, space, tag string) bool {
	return e.Tag == tag && e.NamespaceURI() == space
}

// children are the elements of a name right below e.
func children(e *etree.Element, space, tag string) (all []*etree.Element) {
	for _, c := range e.ChildElements() {
		if is(c, space, tag) {
			all = append(all, c)
		}
	}
	return all
}

// child is the one element of a name right below e; nil if there is not one.
func child(e *etree.Element, space, tag string) *etree.Element {
	if all := children(e, space, tag); len(all) == 1 {
		return all[0]
	}
	return nil
}

// below are the elements of a name anywhere below e.
func below(e *etree.Element, space, tag string) (all []*etree.Element) {
	for _, c := range e.ChildElements() {
		if is(c, space, tag) {
			all = append(all, c)
		}
		all = append(all, below(c, space, tag)...)
	}
	return all
}

// attr is an attribute without a namespace; empty if there is none.
func attr(e *etree.Element, name string) string {
	for _, a := range e.Attr {
		if a.Space == "" && a.Key == name {
			return a.Value
		}
	}
	return ""
}

// text is what an element says; nothing for none.
func text(e *etree.Element) string {
	if e == nil {
		return ""
	}
	return strings.TrimSpace(e.Text())
}

// moment reads a time; the zero time if there is none or it cannot be read.
func moment(e *etree.Element, name string) time.Time {
	at, err := time.Parse(time.RFC3339Nano, attr(e, name))
	if err != nil {
		return time.Time{}
	}
	return at
}
