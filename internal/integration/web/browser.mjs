// Drives the pages in a real browser, as customers do, and prints what it saw as
// one JSON document.
//
//	node browser.mjs CONFIG
//
// CONFIG is JSON: {chromium, profile, shots, origin, tour: [{name, url, brief}], customer: {url, words}}.
// Each page of the tour is looked at on a phone and on a desk, in light and in
// dark, and read by axe. Then a customer says "still broken" with the keyboard alone
// and without scripts. Screenshots are written to the folder shots.
import {createRequire} from 'node:module';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';

const require = createRequire(import.meta.url);
const {chromium} = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const config = JSON.parse(process.argv[2]);
const seen = {looks: [], elsewhere: []};

const browser = await chromium.launchPersistentContext(config.profile, {
  executablePath: config.chromium,
  headless: true,
  timeout: 300_000,
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
  ],
});
const engine = browser.browser();

// patience bounds a step that hangs; nothing waits that long otherwise. A busy machine is slow, not broken.
const patience = 300_000;

// open makes a browser of its own for one look, and keeps what it complains about.
async function open(look, options) {
  const context = await engine.newContext({locale: 'en-GB', ...options});
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  page.on('console', m => {
    if (m.type() === 'error' || m.type() === 'warning') look.console.push(m.text());
  });
  page.on('pageerror', e => look.console.push(String(e)));
  page.on('request', r => {
    if (!r.url().startsWith(config.origin) && !r.url().startsWith('data:')) seen.elsewhere.push(r.url());
  });
  return {context, page};
}

const sizes = {phone: {width: 360, height: 740}, desk: {width: 1280, height: 900}};

for (const {name, url, brief} of config.tour) {
  for (const [size, viewport] of Object.entries(sizes)) {
    for (const colorScheme of ['light', 'dark']) {
      if (brief && (size === 'phone') !== (colorScheme === 'light')) continue; // the same page in other words: two of the four
      const look = {name, size, scheme: colorScheme, console: []};
      // axe is put into the page past its policy, which lets no script run.
      const {context, page} = await open(look, {viewport, colorScheme, bypassCSP: true});
      const answer = await page.goto(url, {waitUntil: 'load'});
      look.status = answer.status();
      look.shot = `${name}-${size}-${colorScheme}.png`;
      await page.screenshot({path: join(config.shots, look.shot), fullPage: true});
      look.overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      look.background = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
      look.scripts = await page.evaluate(() => document.scripts.length);
      await page.evaluate(axe);
      const found = await page.evaluate(() => axe.run(document, {resultTypes: ['violations']}));
      look.violations = found.violations.map(v => ({
        id: v.id, impact: v.impact, help: v.help, where: v.nodes.slice(0, 5).map(n => n.target.join(' ') + ': ' + (n.failureSummary ?? '')),
      }));
      look.rules = found.passes.length;
      await context.close();
      seen.looks.push(look);
    }
  }
}

// focused describes what has the keyboard.
const focused = page => page.evaluate(() => {
  const e = document.activeElement;
  const outline = getComputedStyle(e);
  return {tag: e.tagName, name: e.name ?? '', value: e.value ?? '', visible: outline.outlineStyle !== 'none' && outline.outlineWidth !== '0px'};
});

// tab goes on with the tabulator until something is focused.
async function tab(page, path, wanted) {
  for (let n = 0; n < 200; n++) {
    await page.keyboard.press('Tab');
    const at = await focused(page);
    path.push(at);
    if (wanted(at)) return;
  }
  throw new Error('the keyboard never got there');
}

{
  const look = {name: 'keyboard', console: [], path: []};
  const {context, page} = await open(look, {viewport: sizes.phone, colorScheme: 'dark', javaScriptEnabled: false});
  await page.goto(config.customer.url, {waitUntil: 'load'});
  look.heading = await page.locator('h1').innerText();
  await tab(page, look.path, at => at.name === 'opinion');
  await page.keyboard.press('Space');
  for (let n = 0; n < 5 && (await focused(page)).value !== 'broken'; n++) await page.keyboard.press('ArrowDown');
  look.chosen = await page.locator('input[name=opinion]:checked').getAttribute('value');
  await tab(page, look.path, at => at.tag === 'TEXTAREA');
  await page.keyboard.type(config.customer.words);
  await page.screenshot({path: join(config.shots, 'keyboard-before.png'), fullPage: true});
  await tab(page, look.path, at => at.tag === 'BUTTON');
  await Promise.all([page.waitForNavigation({waitUntil: 'load'}), page.keyboard.press('Enter')]);
  look.landed = page.url();
  look.notice = await page.locator('[role=status]').innerText();
  look.shows = (await page.locator('main').innerText()).includes(config.customer.words);
  look.unseen = look.path.filter(at => !at.visible && at.tag !== 'BODY').length;
  await page.screenshot({path: join(config.shots, 'keyboard-after.png'), fullPage: true});
  await context.close();
  seen.keyboard = look;
}

await browser.close();
process.stdout.write(JSON.stringify(seen));
