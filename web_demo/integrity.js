/**
 * Files of the site, each checked against the hash that it was built with: what was changed, or is not there, is an
 * error and never a guess.
 *
 * @module
 */

/**
 * @typedef {object} SiteFile
 * @property {string} sha256 64 hexadecimal digits
 * @property {number} bytes
 * @property {number} gzip_bytes what it takes on the wire of a host that compresses
 */

/**
 * What site.json says.
 *
 * @typedef {object} Site
 * @property {string} version changes with any file
 * @property {string} model changes with any of the models
 * @property {Record<string, SiteFile>} files by path below the site's folder
 */

/**
 * A file that cannot be used. `reason` is "changed" (after it was built), "missing" (the host has none) or "unreachable"
 * (no answer).
 */
export class IntegrityError extends Error {
  /**
   * @param {string} path below the site's folder
   * @param {"changed" | "missing" | "unreachable"} reason
   * @param {unknown} [cause]
   */
  constructor(path, reason, cause) {
    super(`${path}: ${reason}`, { cause });
    this.name = "IntegrityError";
    this.path = path;
    this.reason = reason;
  }
}

/**
 * @returns {Promise<Site>}
 * @throws {IntegrityError}
 */
export async function loadSite() {
  // A copy that the browser kept from an earlier build would call the new files changed.
  const content = await fetchContent("site.json", "no-cache");
  try {
    return JSON.parse(new TextDecoder().decode(content));
  } catch (error) {
    throw new IntegrityError("site.json", "changed", error);
  }
}

/**
 * @param {Site} site
 * @param {string} path below the site's folder, as in site.files
 * @returns {Promise<ArrayBuffer>} the content that was built
 * @throws {IntegrityError}
 */
export async function fetchVerified(site, path) {
  const expected = site.files[path]?.sha256;
  if (expected === undefined) {
    throw new IntegrityError(path, "missing");
  }
  for (const cache of /** @type {RequestCache[]} */ (["default", "reload"])) {
    const content = await fetchContent(path, cache);
    if ((await sha256(content)) === expected) {
      return content;
    }
  }
  throw new IntegrityError(path, "changed");
}

/**
 * @template T
 * @param {string} path below the site's folder
 * @param {Promise<T>} module as `import()` of that path promises it
 * @returns {Promise<T>}
 * @throws {IntegrityError} where it does not arrive
 * @throws {unknown} what the module itself throws
 */
export function imported(path, module) {
  return module.catch(async (error) => {
    // What a browser says of a module that it cannot fetch, but also what a module may throw that did arrive.
    if (error instanceof TypeError) {
      await fetchContent(path, "default");
    }
    throw error;
  });
}

/**
 * @param {ArrayBuffer} content
 * @returns {Promise<string>} 64 hexadecimal digits
 */
export async function sha256(content) {
  // Browsers withhold it from pages of plain http, such as those of a classroom's own server.
  const digest = globalThis.crypto?.subtle
    ? new Uint8Array(await crypto.subtle.digest("SHA-256", content))
    : (await imported("sha256.js", import("./sha256.js"))).digest(new Uint8Array(content));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * @param {string} path
 * @param {RequestCache} cache
 * @returns {Promise<ArrayBuffer>}
 */
async function fetchContent(path, cache) {
  const address = new URL(path, import.meta.url);
  /** @type {Response} */
  let response;
  try {
    response = await fetch(address, { cache });
    if (response.ok) {
      return await response.arrayBuffer();
    }
  } catch (error) {
    throw new IntegrityError(path, "unreachable", error);
  }
  throw new IntegrityError(path, response.status === 404 ? "missing" : "unreachable");
}
