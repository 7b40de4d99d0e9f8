/**
 * Chromium with one page.
 *
 * @module
 */

import { chromium } from "playwright-core";

const PAGE = "/pipeline/runtimes/js/page/index.html";

const FLAGS = [
  // WebGL and WebGPU by software where there is no graphics processor.
  "--enable-unsafe-swiftshader",
  "--enable-unsafe-webgpu",
  "--enable-features=Vulkan",
  "--use-gl=angle",
  "--use-angle=swiftshader",
  // Nothing of the browser's own goes out either: no name is resolved but this machine's.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-quic",
  "--disable-sync",
  "--no-first-run",
];

/**
 * @param {string} executable
 * @param {Record<string, string>} environment variables to add
 */
export async function launch(executable, environment) {
  return chromium.launch({
    executablePath: executable,
    args: FLAGS,
    chromiumSandbox: false,
    env: { ...process.env, ...environment },
    // Who starts this process decides when it ends; the browser ends with it.
    handleSIGHUP: false,
    handleSIGINT: false,
    handleSIGTERM: false,
  });
}

/**
 * @param {import("playwright-core").Browser} browser
 * @param {string} origin of the only server that the page may ask
 * @param {(reason: string) => void} onLost called when the page is gone for good, or asks another server
 */
export async function openPage(browser, origin, onLost) {
  const page = await browser.newPage();
  page.on("crash", () => onLost("the page crashed"));
  page.on("close", () => onLost("the page is closed"));
  browser.on("disconnected", () => onLost("Chromium ended"));
  page.on("request", (request) => {
    const address = new URL(request.url());
    if (address.protocol !== "data:" && address.origin !== origin) {
      onLost(`the page asked for ${address.href}`);
    }
  });
  page.on("console", (message) => console.error(message.text()));
  page.on("pageerror", (error) => console.error(error.message));
  await page.goto(`${origin}${PAGE}`);
  return page;
}
