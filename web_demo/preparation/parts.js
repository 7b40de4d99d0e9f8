/**
 * Which ink is the symbol; the twin of pipeline/preparation/parts.py.
 *
 * @module
 */

import { makeGrid } from "./grid.js";

/** @typedef {import("./grid.js").Grid} Grid */
/** @typedef {import("./grid.js").Box} Box */
/** @typedef {Box & { area: number, mass: number, score: number, isKept: boolean }} Part */

const TOUCHING = 8;
const MIN_INK = 30;
const GAP = 6;
// With this fraction of the symbol's ink, what is left out may be a symbol too.
const COMPARABLE = 4;

/**
 * Keeps the part with most ink and the parts that belong to it.
 *
 * @param {Grid} mask its edge is the picture's wherever ink touches it
 * @param {Uint8Array} contrast
 * @returns {{ mask: Grid, box: Box, hasMore: boolean } | null} with whether the rest may hold another symbol; null if there
 *   is no ink
 */
export function chooseSymbol(mask, contrast) {
  const { numbered, parts } = findParts(mask, contrast);
  if (!parts.length) {
    return null;
  }
  rate(mask, parts);
  const box = group(parts);
  const kept = makeGrid(mask.height, mask.width);
  for (let index = 0; index < numbered.length; index++) {
    kept.values[index] = numbered[index] && parts[numbered[index] - 1].isKept ? 1 : 0;
  }
  const mass = parts.reduce((sum, part) => (part.isKept ? sum + part.mass : sum), 0);
  const hasMore = parts.some(({ isKept, score }) => !isKept && score * COMPARABLE >= mass);
  return { mask: kept, box, hasMore };
}

/**
 * Numbers pixels that touch each other, also at corners, from 1 on in the order of their first pixels.
 *
 * @param {Grid} mask
 * @param {Uint8Array} contrast
 * @returns {{ numbered: Int32Array, parts: Part[] }}
 */
function findParts({ height, width, values }, contrast) {
  const numbered = new Int32Array(values.length);
  const stack = new Int32Array(values.length);
  /** @type {Part[]} */
  const parts = [];
  for (let first = 0; first < values.length; first++) {
    if (!values[first] || numbered[first]) {
      continue;
    }
    const part = { top: height, left: width, bottom: 0, right: 0, area: 0, mass: 0, score: 0, isKept: false };
    parts.push(part);
    let depth = 0;
    stack[depth++] = first;
    numbered[first] = parts.length;
    while (depth) {
      const index = stack[--depth];
      const row = (index / width) | 0;
      const column = index - row * width;
      part.area++;
      part.mass += contrast[index];
      part.top = Math.min(part.top, row);
      part.bottom = Math.max(part.bottom, row + 1);
      part.left = Math.min(part.left, column);
      part.right = Math.max(part.right, column + 1);
      const lastColumn = column + 1 < width ? column + 1 : column;
      for (let y = row ? row - 1 : 0; y <= row + 1 && y < height; y++) {
        for (let x = column ? column - 1 : 0; x <= lastColumn; x++) {
          const next = y * width + x;
          if (values[next] && !numbered[next]) {
            numbered[next] = parts.length;
            stack[depth++] = next;
          }
        }
      }
    }
  }
  return { numbered, parts };
}

/**
 * The ink of each part; less if it touches the edge, where tables, fingers and neighbours come in.
 *
 * @param {Grid} mask
 * @param {Part[]} parts
 */
function rate({ height, width }, parts) {
  for (const part of parts) {
    const touches = part.top === 0 || part.left === 0 || part.bottom === height || part.right === width;
    part.score = touches ? Math.floor(part.mass / TOUCHING) : part.mass;
  }
}

/**
 * Marks the best part, what is near it, what is near those, and so on.
 *
 * @param {Part[]} parts
 * @returns {Box} around all that is kept
 */
function group(parts) {
  const best = parts.reduce((most, part) => (part.score > most.score ? part : most));
  best.isKept = true;
  const large = parts.filter((part) => part.area * MIN_INK >= best.area && part.score * MIN_INK >= best.score);
  let { top, left, bottom, right } = best;
  for (;;) {
    const gap = Math.floor(Math.max(bottom - top, right - left) / GAP);
    const added = large.filter(
      (part) =>
        !part.isKept &&
        part.top < bottom + gap &&
        part.left < right + gap &&
        part.bottom > top - gap &&
        part.right > left - gap,
    );
    if (!added.length) {
      return { top, left, bottom, right };
    }
    for (const part of added) {
      part.isKept = true;
      top = Math.min(top, part.top);
      left = Math.min(left, part.left);
      bottom = Math.max(bottom, part.bottom);
      right = Math.max(right, part.right);
    }
  }
}
