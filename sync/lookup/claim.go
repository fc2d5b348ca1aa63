package lookup

import (
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/zonetender/zonetender/schema"
)

// A provider gives names below a suffix to whoever asks for one that is free.
type provider struct{ suffix, name string }

// providers lists the suffixes under which a name that does not exist is free for anybody,
// who then serves what still points at it. Only names that their owners choose are here,
// and only of providers whose names stop existing.
func providers() []provider {
	return []provider{
		// Microsoft, "Prevent dangling DNS entries and avoid subdomain takeover":
		// https://learn.microsoft.com/azure/security/fundamentals/subdomain-takeover
		{"azurefd.net", "Azure Front Door"},
		{"blob.core.windows.net", "Azure Blob Storage"},
		{"azureedge.net", "Azure CDN"},
		{"cloudapp.azure.com", "Azure public IP addresses"},
		{"cloudapp.net", "Azure Cloud Services"},
		{"trafficmanager.net", "Azure Traffic Manager"},
		{"azurecontainer.io", "Azure Container Instances"},
		{"azure-api.net", "Azure API Management"},
		{"azurewebsites.net", "Azure App Service"},
		// Amazon, "Terminate an Elastic Beanstalk environment", on names that other customers
		// can use again:
		// https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/using-features.terminating.html
		{"elasticbeanstalk.com", "AWS Elastic Beanstalk"},
		// Heroku, "How do I mitigate subdomain reuse?", on names of apps created before June
		// 2023: https://help.heroku.com/OEO0FN60/how-do-i-mitigate-subdomain-reuse
		{"herokuapp.com", "Heroku"},
	}
}

// providerOf returns whose space a name is in, "" where it is in none that is known.
func providerOf(n schema.Name) string {
	text := n.Undotted()
	for _, p := range providers() {
		if strings.HasSuffix(text, "."+p.suffix) {
			return p.name
		}
	}
	return ""
}

// registered returns the domain that somebody has registered, or could, for a name to exist:
// one label below a suffix such as com or co.uk. It is the zero Name where the suffix is
// none that registries have.
func registered(n schema.Name) schema.Name {
	suffix, public := publicsuffix.PublicSuffix(n.Undotted())
	if !public {
		return schema.Name{}
	}
	text, found := strings.CutSuffix(n.Undotted(), "."+suffix)
	if !found {
		return schema.Name{}
	}
	domain, err := schema.ParseName(text[strings.LastIndexByte(text, '.')+1:] + "." + suffix)
	if err != nil {
		return schema.Name{}
	}
	return domain
}

// organization returns the Organizational Domain of a name (RFC 7489 section 3.2).
func organization(n schema.Name) string {
	domain, err := publicsuffix.EffectiveTLDPlusOne(n.Undotted())
	if err != nil {
		return n.Undotted()
	}
	return domain
}
