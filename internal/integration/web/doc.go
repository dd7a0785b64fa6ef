// Package web reads the pages of Amends with the clients that people use: the
// status page with npm's statuspage.io, statuspage.js and rss-parser and with Go's
// gofeed, and both pages with a real browser, on a phone and on a desk, in light and
// in dark, by keyboard alone, and with axe-core looking for what shuts people out.
//
// It needs Node.js with the packages of this folder (npm ci) and Chromium.
// Screenshots are written to .cache/screenshots at the top of the repository, where a person can
// look at them.
//
// # Compatibility
//
// Nothing outside of this repository can import it; it changes freely.
package web
