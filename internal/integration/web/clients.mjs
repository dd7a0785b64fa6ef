// Reads a status page with the clients that people use, and prints what each of
// them understood as one JSON document.
//
//	node clients.mjs http://127.0.0.1:PORT
import {createRequire} from 'node:module';

const require = createRequire(import.meta.url);
const {Statuspage: Io} = require('statuspage.io');
const {Statuspage: Js} = require('statuspage.js');
const Parser = require('rss-parser');

const base = process.argv[2];

const io = new Io('amends');
io.setApiUrl(base);

const js = new Js('amends');
js.axios.defaults.baseURL = base + '/api/v2'; // its constructor knows no other host than statuspage.io

const rss = new Parser();

const calls = {
  'statuspage.io summary': () => io.getSummary(),
  'statuspage.io status': () => io.getStatus(),
  'statuspage.io components': () => io.getComponents(),
  'statuspage.io incidents': () => io.api.incidents.getAll(),
  'statuspage.io unresolved': () => io.api.incidents.getUnresolved(),
  // The client asks for upcoming.json in all three of these.
  'statuspage.io maintenances': () => io.api.scheduledMaintenances.getAll(),
  'statuspage.io active': () => io.api.scheduledMaintenances.getActive(),
  'statuspage.io upcoming': () => io.api.scheduledMaintenances.getUpcoming(),
  'statuspage.js summary': () => js.summary(),
  'statuspage.js status': () => js.status(),
  'statuspage.js components': () => js.components(),
  'statuspage.js incidents': () => js.allIncidents(),
  'statuspage.js unresolved': () => js.unresolvedIncidents(),
  'statuspage.js maintenances': () => js.allScheduledMaintenances(),
  'statuspage.js active': () => js.activeScheduledMaintenances(),
  'statuspage.js upcoming': () => js.upcomingScheduledMaintenances(),
  'rss-parser atom': () => rss.parseURL(base + '/history.atom'),
  'rss-parser rss': () => rss.parseURL(base + '/history.rss'),
};

const understood = {};
for (const [name, call] of Object.entries(calls)) {
  try {
    understood[name] = await call();
  } catch (e) {
    understood[name] = {failed: String(e)};
  }
}
process.stdout.write(JSON.stringify(understood));
