package statuspage

import (
	"net/url"
	"regexp"
	"strings"
)

// target is a kind of document.
type target int

const (
	nowhere target = iota
	home
	history
	oneMonth
	oneIncident
	atomFeed
	rssFeed
	apiSummary
	apiStatus
	apiComponents
	apiIncidents
	apiUnresolved
	apiMaintenances
	apiUpcoming
	apiActive
)

// route is what a path below the page's address stands for.
type route struct {
	target
	arg string // an incident's ID, or a month
}

//nolint:gochecknoglobals // a constant table
var paths = map[string]target{
	"":                                    home,
	"/":                                   home,
	"/history":                            history,
	"/history.atom":                       atomFeed,
	"/history.rss":                        rssFeed,
	"/api/v2/summary.json":                apiSummary,
	"/api/v2/status.json":                 apiStatus,
	"/api/v2/components.json":             apiComponents,
	"/api/v2/incidents.json":              apiIncidents,
	"/api/v2/incidents/unresolved.json":   apiUnresolved,
	"/api/v2/scheduled-maintenances.json": apiMaintenances,
	"/api/v2/scheduled-maintenances/upcoming.json": apiUpcoming,
	"/api/v2/scheduled-maintenances/active.json":   apiActive,
}

var monthName = regexp.MustCompile(`^[0-9]{4}-(0[1-9]|1[0-2])$`)

// routeOf finds what a path stands for. A path with a slash too many is sent to the one without.
func routeOf(u *url.URL) (r route, elsewhere string) {
	path := u.EscapedPath()
	if t, ok := paths[path]; ok {
		return route{target: t}, ""
	}
	if rest, ok := strings.CutPrefix(path, "/history/"); ok && monthName.MatchString(rest) {
		return route{oneMonth, rest}, ""
	}
	if rest, ok := strings.CutPrefix(path, "/incidents/"); ok && rest != "" && !strings.Contains(rest, "/") {
		if id, err := url.PathUnescape(rest); err == nil {
			return route{oneIncident, strings.TrimPrefix(id, "~")}, ""
		}
	}
	if short := strings.TrimRight(path, "/"); short != path {
		if r, _ := routeOf(&url.URL{RawPath: short, Path: unescaped(short)}); r.target != nowhere && r.target != home {
			return r, r.path()
		}
	}
	return route{}, ""
}

func unescaped(path string) string {
	out, err := url.PathUnescape(path)
	if err != nil {
		return path
	}
	return out
}

// path is the address of the route below the page.
func (r route) path() string {
	switch r.target {
	case oneMonth:
		return "/history/" + r.arg
	case oneIncident:
		return incidentPath(r.arg)
	default:
	}
	for p, t := range paths {
		if t == r.target && p != "" {
			return p
		}
	}
	return ""
}

// machine reports whether programs read it, and not people.
func (r route) machine() bool { return r.target >= atomFeed }

// api reports whether it is JSON.
func (r route) api() bool { return r.target >= apiSummary }

// mayBeAPI reports whether whoever asks for a path that is not there expects JSON.
func mayBeAPI(u *url.URL) bool { return strings.HasPrefix(u.Path, "/api/") }
