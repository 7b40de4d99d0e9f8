/**
 * The service worker: keeps one whole version of the site and answers from it, with or without a network. A newer
 * version is installed beside it, wholly or not at all, and waits until the visitor agrees or the last page is closed.
 *
 * `pipeline site` writes SITE above this text: the version, the hashes of the files that are kept from the beginning, and
 * of those that are kept once they were asked for.
 *
 * @module
 */

/** @type {{ version: string, kept: Record<string, string>, onDemand: Record<string, string> }} */
const { version, kept, onDemand } = /** @type {any} */ (globalThis).SITE;
/** @type {any} the global scope of a service worker, for which there are no types beside those of a page */
const worker = globalThis;
/** @type {string} */
const scope = worker.registration.scope;

// An origin may have several sites, each in a folder of its own.
const PREFIX = `site ${scope} `;
const CACHE = PREFIX + version;
const INDEX = "index.html";

worker.addEventListener("install", (/** @type {any} */ event) => event.waitUntil(keepAll()));
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(forgetOthers()));
worker.addEventListener("message", (/** @type {MessageEvent} */ { data }) => data === "apply" && worker.skipWaiting());
worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const path = pathOf(event.request);
  if (path in kept || path in onDemand) {
    event.respondWith(answer(path));
  }
});

/** Fails, and leaves the present version in place, if one file is not as it was built. */
async function keepAll() {
  // Where a host went back to the version in use, its files are here.
  const isNew = !(await caches.has(CACHE));
  const cache = await caches.open(CACHE);
  try {
    await Promise.all(Object.entries(kept).map(([path, hash]) => keep(cache, path, hash)));
  } catch (error) {
    if (isNew) {
      await caches.delete(CACHE);
    }
    throw error;
  }
}

async function forgetOthers() {
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(names.map((name) => caches.delete(name)));
}

/**
 * @param {Request} request
 * @returns {string} the path below the site's folder; empty for what is none of the site's
 */
function pathOf({ method, url }) {
  const address = url.split(/[?#]/, 1)[0];
  if (method !== "GET" || !address.startsWith(scope)) {
    return "";
  }
  return decodeURI(address.slice(scope.length)) || INDEX;
}

/**
 * @param {string} path
 * @returns {Promise<Response>}
 */
async function answer(path) {
  const cache = await caches.open(CACHE);
  const found = await cache.match(addressOf(path));
  // The page itself refuses a model that is not as it was built; it can say why.
  return found ?? keep(cache, path, kept[path] ?? onDemand[path]).catch(() => fetch(addressOf(path)));
}

/**
 * @param {Cache} cache
 * @param {string} path
 * @param {string} hash SHA-256 of the content
 * @returns {Promise<Response>} a copy of what is kept
 */
async function keep(cache, path, hash) {
  const address = addressOf(path);
  // Most files did not change since the last version, or were loaded by the page a moment ago.
  const sources = [
    () => caches.match(address),
    () => fetch(address, { credentials: "same-origin" }),
    () => fetch(address, { credentials: "same-origin", cache: "reload" }),
  ];
  for (const source of sources) {
    const response = await source();
    const content = response?.ok ? await response.arrayBuffer() : undefined;
    if (response && content && (await sha256(content)) === hash) {
      // Rebuilt, as browsers refuse an answer that came by way of a redirection.
      const kept = new Response(content, { headers: response.headers });
      await cache.put(address, kept.clone());
      return kept;
    }
  }
  throw new Error(`${path} is not as it was built`);
}

/** @param {string} path */
function addressOf(path) {
  // Some hosts know the page by the name of its folder alone.
  return scope + (path === INDEX ? "" : path);
}

/** @param {ArrayBuffer} content */
async function sha256(content) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
