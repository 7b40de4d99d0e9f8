/**
 * Bundles TF.js and LiteRT.js for the page, and leaves out of TF.js what its models do not use: all of it would take
 * twice as long to load.
 * Arguments: the folder of entries, the folder to write to, the files model.json.
 *
 * @module
 */

import { readFile, readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { build } from "esbuild";

import { findUsed } from "./used.mjs";

/** @typedef {import("./used.mjs").Used} Used */

const [entries, output, ...models] = process.argv.slice(2);

/**
 * @param {Used} used
 * @returns {import("esbuild").Plugin}
 */
function onlyWhatIsUsed({ operations, functions, kernels }) {
  return {
    name: "only-what-is-used",
    setup(build) {
      /**
       * @param {RegExp} filter of paths
       * @param {(source: string, path: string) => string | Promise<string>} rewrite
       */
      const replace = (filter, rewrite) =>
        build.onLoad({ filter }, async ({ path }) => ({
          contents: await rewrite(await readFile(path, "utf8"), path),
          resolveDir: dirname(path),
        }));

      // These three are made to be replaced, as their comments say.
      replace(/tfjs-core\/dist\/index\.js$/, () => `import "./base_side_effects"; export * from "./base";`);
      replace(/ops\/ops_for_converter\.js$/, () => `export { ${[...functions].join(", ")} } from "./ops";`);
      replace(/tfjs-backend-\w+\/dist\/register_all_kernels\.js$/, async (source, path) => {
        return registrations(source, await withHelpers(kernels, join(dirname(path), "kernels")));
      });

      replace(/operations\/op_list\/\w+\.js$/, async (_, path) => {
        return `export const json = ${JSON.stringify(await listed(path, operations))};`;
      });
      replace(/operations\/executors\/\w+_executor\.js$/, async (source, path) => {
        const category = path.replace("/executors/", "/op_list/").replace("_executor.js", ".js");
        const isUsed = (await listed(category, operations)).length > 0;
        return isUsed ? source : "export const executeOp = undefined;";
      });
      // The page fetches its models, checks them and keeps them itself.
      replace(/tfjs-core\/dist\/io\/(browser_files|indexed_db|local_storage)\.js$/, () => "");
      if (!kernels.has("StringToHashBucketFast")) {
        replace(/tfjs-core\/dist\/hash_util\.js$/, () => "");
      }
      // The entry tfjs.js says why there is one thread.
      replace(/wasm-out\/tfjs-backend-wasm-threaded-simd\.js$/, () => "export default undefined;");
      replace(/wasm-out\/tfjs-backend-wasm-threaded-simd\.worker\.js$/, () => `export const wasmWorkerContents = "";`);
    },
  };
}

/**
 * @param {string} source that registers all kernels of a backend
 * @param {Set<string>} kernels to keep
 */
function registrations(source, kernels) {
  const imports = [...source.matchAll(/import \{ (\w+) \} from '\.\/kernels\/(\w+)';/g)];
  const kept = imports.filter(([, , name]) => kernels.has(name));
  return [
    `import { registerKernel } from "@tensorflow/tfjs-core";`,
    ...kept.map(([line]) => line),
    ...kept.map(([, config]) => `registerKernel(${config});`),
  ].join("\n");
}

/**
 * Kernels of a backend call others, which work only if they are registered too.
 *
 * @param {Set<string>} kernels
 * @param {string} folder of the backend's kernels
 * @returns {Promise<Set<string>>} these and all that they import
 */
async function withHelpers(kernels, folder) {
  const found = new Set(kernels);
  for (const name of found) {
    // Not every kernel is a file: some are part of the backend, and some are those of another.
    const source = await readFile(join(folder, `${name}.js`), "utf8").catch(() => "");
    for (const [, helper] of source.matchAll(/from '\.\/(\w+)'/g)) {
      found.add(helper);
    }
  }
  return found;
}

/**
 * What the converter knows of operations.
 *
 * @param {string} path of a module that lists operations of one category
 * @param {Set<string>} operations to keep
 * @returns {Promise<object[]>}
 */
async function listed(path, operations) {
  const category = await import(path).catch(() => ({ json: [] }));
  return category.json.filter((/** @type {any} */ { tfOpName }) => operations.has(tfOpName));
}

const names = (await readdir(entries)).filter((name) => name.endsWith(".js"));
const used = await findUsed(models);
await build({
  entryPoints: names.map((name) => ({ in: join(entries, name), out: basename(name, ".js") })),
  outdir: output,
  bundle: true,
  splitting: true,
  format: "esm",
  minify: true,
  target: "es2022",
  legalComments: "linked",
  chunkNames: "chunk-[hash]",
  plugins: [onlyWhatIsUsed(used)],
  // TF.js asks for functions that it finds missing where a kernel was left out.
  logOverride: { "import-is-undefined": "silent" },
});
console.log(JSON.stringify(Object.fromEntries(Object.entries(used).map(([key, names]) => [key, [...names].sort()]))));
