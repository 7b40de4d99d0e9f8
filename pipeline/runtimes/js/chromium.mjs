/**
 * Chromium with one page.
 *
 * @module
 */

import { chromium } from "playwright-core";

const PAGE = "/pipeline/runtimes/js/page/index.html";

const FLAGS = [
  // Allows WebGPU to compute by software where there is no graphics processor.
  "--enable-unsafe-swiftshader",
  "--enable-unsafe-webgpu",
  "--enable-features=Vulkan",
  // Nothing of the browser's own goes out either: no name is resolved but this machine's.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-quic",
  "--disable-sync",
  "--no-first-run",
];

/** WebGL has to be told. */
const SOFTWARE_FLAGS = ["--use-gl=angle", "--use-angle=swiftshader"];

/**
 * @param {string} executable
 * @param {Record<string, string>} environment variables to add
 * @param {boolean} needsWebGL by the graphics processor or, where there is none, by software
 * @returns {Promise<import("playwright-core").Browser>}
 */
export async function launch(executable, environment, needsWebGL) {
  const browser = await start(executable, environment, FLAGS);
  if (!needsWebGL || (await hasWebGL(browser))) {
    return browser;
  }
  await browser.close();
  return start(executable, environment, [...FLAGS, ...SOFTWARE_FLAGS]);
}

/**
 * @param {string} executable
 * @param {Record<string, string>} environment
 * @param {string[]} flags
 */
async function start(executable, environment, flags) {
  const launched = chromium.launch({
    executablePath: executable,
    args: flags,
    // The sandbox of a browser cannot start in most containers, nor as root; the only page here is our own.
    chromiumSandbox: false,
    env: { ...process.env, ...environment },
    // Who starts this process decides when it ends; the browser ends with it.
    handleSIGHUP: false,
    handleSIGINT: false,
    handleSIGTERM: false,
  });
  return launched.catch((error) => {
    throw new Error(`cannot start ${executable}: ${reasonOf(error.message)}`);
  });
}

/**
 * Whether TF.js would use it: it takes no context that the browser itself finds too slow.
 *
 * @param {import("playwright-core").Browser} browser
 */
async function hasWebGL(browser) {
  const page = await browser.newPage();
  const isThere = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    return canvas.getContext("webgl2", { failIfMajorPerformanceCaveat: true }) !== null;
  });
  await page.close();
  return isThere;
}

/**
 * What the browser itself said, where it said something; Playwright adds all flags, and says everything twice.
 *
 * @param {string} message
 */
function reasonOf(message) {
  const lines = message.split("Call log:", 1)[0].split("\n");
  const said = lines.filter((line) => line.includes("[err]")).map((line) => line.split("[err] ", 2)[1]);
  return said.slice(-3).join(" ") || lines[0];
}

/**
 * @param {import("playwright-core").Browser} browser
 * @param {string} origin of the server that has the page
 * @param {(reason: string) => void} onLost called when the page is gone for good
 */
export async function openPage(browser, origin, onLost) {
  const page = await browser.newPage();
  page.on("crash", () => onLost("the page crashed"));
  page.on("close", () => onLost("Chromium, or its page, ended"));
  page.on("console", (message) => console.error(message.text()));
  page.on("pageerror", (error) => console.error(error.message));
  await page.goto(`${origin}${PAGE}`);
  return page;
}
