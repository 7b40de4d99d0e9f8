/**
 * Does all tasks, or those that are named, in one Chromium, and prints what came of them as JSON.
 * Arguments: the browser, variables for it as JSON, the site's address, its folder, names of tasks.
 *
 * @module
 */

import { launch } from "../../pipeline/runtimes/js/chromium.mjs";
import { tasks } from "./tasks.mjs";
import { trouble } from "./visitor.mjs";

const [executable, environment, address, folder, ...names] = process.argv.slice(2);
const browser = await launch(executable, JSON.parse(environment), true);
const results = /** @type {Record<string, object>} */ ({});
// The slowest takes half a minute on an idle machine. One that hangs is named, instead of stopping all tests for ever.
const LIMIT_MS = 240_000;
for (const name of names.length ? names : Object.keys(tasks)) {
  const started = performance.now();
  const limit = setTimeout(() => {
    console.error(`${name}: not done after ${LIMIT_MS / 1000} s`);
    process.exit(1);
  }, LIMIT_MS);
  const result = await tasks[name](browser, address, folder).catch((error) => ({ error: String(error.stack) }));
  clearTimeout(limit);
  results[name] = { ...result, trouble: trouble.splice(0) };
  console.error(`${name}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  await Promise.all(browser.contexts().map((context) => context.close()));
}
await browser.close();
console.log(JSON.stringify(results));
process.exit();
