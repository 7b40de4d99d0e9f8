/**
 * Serves the page, what it imports and one artifact, to this machine alone; carries bytes to and from the page.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { basename, extname, join, resolve } from "node:path";
import { buffer } from "node:stream/consumers";

const PROJECT_ROOT = resolve(import.meta.dirname, "../../..");

// Everything else is refused. Addresses are the paths in the project, so that the page's imports mean the same here.
const FOLDERS = new Set([
  "/pipeline/runtimes/js",
  "/pipeline/runtimes/js/page",
  "/web_demo",
  "/node_modules/@litertjs/core/dist",
  "/node_modules/@litertjs/core/wasm",
  "/node_modules/@litertjs/wasm-utils/dist",
  ...["core", "converter", "backend-cpu", "backend-wasm", "backend-webgl", "backend-webgpu"].map(
    (name) => `/node_modules/@tensorflow/tfjs-${name}/dist`,
  ),
]);

/** @type {Record<string, string>} */
const MEDIA_TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

const HEADERS = {
  // The clock of a page that is isolated from other origins is exact to 5 µs, not 100.
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  // The page may ask for nothing but what this server has.
  "Content-Security-Policy": "default-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; img-src data:",
  "Cache-Control": "no-store",
};

export class FileServer {
  /** Bytes for the page, which it takes from the address /bytes. */
  request = new Uint8Array();
  /** Bytes from the page, which it leaves there. */
  answer = new Uint8Array();

  #artifact;
  #host = "";
  #server = createServer((request, response) => {
    this.#respond(request, response).catch(() => response.destroy());
  });

  /** @param {string} artifact a file, or a folder without folders; the page finds it below /artifact */
  constructor(artifact) {
    this.#artifact = artifact;
  }

  /** @returns {Promise<string>} the origin, on a free port */
  async start() {
    await new Promise((resolve) => this.#server.listen(0, "127.0.0.1", () => resolve(undefined)));
    const { port } = /** @type {import("node:net").AddressInfo} */ (this.#server.address());
    this.#host = `127.0.0.1:${port}`;
    return `http://${this.#host}`;
  }

  /**
   * @param {import("node:http").IncomingMessage} request
   * @param {import("node:http").ServerResponse} response
   */
  async #respond(request, response) {
    const { pathname } = new URL(request.url ?? "", "http://localhost");
    // Other pages of the user's browsers can reach this port too; they must neither read nor answer.
    if (request.headers.host !== this.#host || request.headers["sec-fetch-site"] === "cross-site") {
      response.writeHead(403).end();
      return;
    }
    if (pathname === "/bytes") {
      if (request.method === "POST") {
        this.answer = await buffer(request);
      }
      response.writeHead(200, { ...HEADERS, "Content-Type": "application/octet-stream" });
      response.end(request.method === "POST" ? undefined : this.request);
      return;
    }
    await sendFile(this.#find(pathname), response);
  }

  /** @param {string} pathname */
  #find(pathname) {
    const folder = pathname.slice(0, pathname.lastIndexOf("/"));
    if (FOLDERS.has(folder)) {
      return join(PROJECT_ROOT, folder, basename(pathname));
    }
    if (pathname === "/artifact") {
      return this.#artifact;
    }
    return folder === "/artifact" ? join(this.#artifact, basename(pathname)) : undefined;
  }
}

/**
 * @param {string | undefined} path
 * @param {import("node:http").ServerResponse} response
 */
async function sendFile(path, response) {
  const content = path === undefined ? undefined : await readFile(path).catch(() => undefined);
  if (path === undefined || content === undefined) {
    response.writeHead(404).end();
    return;
  }
  const type = MEDIA_TYPES[extname(path)] ?? "application/octet-stream";
  response.writeHead(200, { ...HEADERS, "Content-Type": type }).end(content);
}
