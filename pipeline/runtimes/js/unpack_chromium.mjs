/**
 * Unpacks the Chromium of an npm package, and the shared libraries that it needs, into the folder for temporary files.
 *
 * @module
 */

import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import chromium, { inflate } from "@sparticuz/chromium";

const entry = createRequire(import.meta.url).resolve("@sparticuz/chromium");
await chromium.executablePath();
await inflate(join(dirname(entry), "..", "..", "bin", "al2023.tar.br"));
