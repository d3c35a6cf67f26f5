package provision

import (
	"net/http"
	"strings"

	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/scim"
)

const (
	configURN = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
	typeURN   = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
	schemaURN = "urn:ietf:params:scim:schemas:core:2.0:Schema"
)

// errNoFilter is for the documents that describe this server, which are not
// filtered (RFC 7644, section 4).
var errNoFilter = errs.New(errs.Denied, "scim_no_filter")

func (h HTTP) config(c *call) error {
	no := scim.Object{"supported": false}
	return c.document(scim.Object{
		"schemas": []string{configURN}, "documentationUri": h.Service.URL.JoinPath("/guide/provisioning").String(),
		"patch": scim.Object{"supported": true}, "etag": scim.Object{"supported": true},
		"bulk":   scim.Object{"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
		"filter": scim.Object{"supported": true, "maxResults": mostResults}, "changePassword": no, "sort": no,
		"authenticationSchemes": []scim.Object{{
			"type": "oauthbearertoken", "name": "Bearer token", "description": "A token of the organization, from its page of the sign-in provider.", "primary": true,
		}},
		"meta": h.meta(c, "ServiceProviderConfig", "ServiceProviderConfig"),
	})
}

// document answers with what describes this server.
func (c *call) document(body scim.Object) error {
	if c.r.URL.Query().Has("filter") {
		return errNoFilter
	}
	return write(c.w, http.StatusOK, body)
}

func (h HTTP) meta(c *call, kind, path string) scim.Object {
	return scim.Object{"resourceType": kind, "location": h.Service.Base(c.client.OrganizationID) + "/" + path}
}

// resources are the types of resources, with their endpoints.
var resources = []struct {
	scim.Schema
	endpoint string
}{{users, "/Users"}, {groups, "/Groups"}}

func (h HTTP) types(c *call) (all []scim.Object) {
	for _, r := range resources {
		all = append(all, scim.Object{
			"schemas": []string{typeURN}, "id": r.Name, "name": r.Name, "description": r.About, "endpoint": r.endpoint, "schema": r.ID,
			"meta": h.meta(c, "ResourceType", "ResourceTypes/"+r.Name),
		})
	}
	return all
}

func (h HTTP) described(c *call) (all []scim.Object) {
	for _, r := range resources {
		all = append(all, scim.Object{
			"schemas": []string{schemaURN}, "id": r.ID, "name": r.Name, "description": r.About, "attributes": attributes(r.Attributes),
			"meta": h.meta(c, "Schema", "Schemas/"+r.ID),
		})
	}
	return all
}

// attributes describes attributes as RFC 7643 does, section 7.
func attributes(of []scim.Attribute) []scim.Object {
	all := []scim.Object{}
	for _, a := range of {
		o := scim.Object{
			"name": a.Name, "type": a.Kind, "multiValued": a.Many, "description": a.About, "required": a.Required, "caseExact": a.Exact,
			"mutability": "readWrite", "returned": "default", "uniqueness": "none",
		}
		if a.ReadOnly {
			o["mutability"] = "readOnly"
		}
		if a.Unique {
			o["uniqueness"] = "server"
		}
		if len(a.Canonical) > 0 {
			o["canonicalValues"] = a.Canonical
		}
		if len(a.Sub) > 0 {
			o["subAttributes"] = attributes(a.Sub)
		}
		all = append(all, o)
	}
	return all
}

func (h HTTP) resourceTypes(c *call) error {
	all := h.types(c)
	return c.document(listOf(all, len(all), 1))
}

func (h HTTP) schemas(c *call) error {
	all := h.described(c)
	return c.document(listOf(all, len(all), 1))
}

func (h HTTP) resourceType(c *call) error { return c.oneOf(h.types(c)) }

func (h HTTP) schema(c *call) error { return c.oneOf(h.described(c)) }

func (c *call) oneOf(all []scim.Object) error {
	for _, o := range all {
		if strings.EqualFold(scim.String(o, "id"), c.r.PathValue("id")) {
			return c.document(o)
		}
	}
	return ErrNone
}
