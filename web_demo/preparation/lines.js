/**
 * Rulings: thin straight lines across the picture; the twin of pipeline/preparation/lines.py.
 *
 * @module
 */

import { count, makeGrid, place, transpose } from "./grid.js";

/** @typedef {import("./grid.js").Grid} Grid */
/** @typedef {import("./grid.js").Box} Box */
/** @typedef {{ row: number, drift: number, thickness: number }} Line */
/** @typedef {{ across: Line[], down: Line[] }} Rulings `down`: from top to bottom, as lines across the transposed mask */

const MAX_DRIFT_PERCENT = 5;
const MIN_LENGTH_PERCENT = 75;
const MIN_SIDES_PER_THICKNESS = 20;
const HALF_BAND_PX = 4;
const EXTRA_THICKNESS_PX = 2;
const MIN_LEFT = 50;

/**
 * Lines from left to right and from top to bottom. They need ink in most of the columns or rows, and more ink than one of
 * them alone has: where there is less, which is soon counted, there are none.
 *
 * @param {Grid} mask of a part of a picture that holds all ink
 * @param {Box} box where that part is
 * @param {{ height: number, width: number }} picture
 * @returns {Rulings}
 */
export function findRulings(mask, box, picture) {
  const { height, width } = picture;
  const { ink, rows, columns } = countInk(mask);
  const isEnough = (/** @type {number} */ inked, /** @type {number} */ length) =>
    inked * 100 >= MIN_LENGTH_PERCENT * length && ink > length;
  return {
    across: isEnough(columns, width) ? findLines(place(mask, box, picture)) : [],
    down: isEnough(rows, height) ? findLines(transpose(place(mask, box, picture))) : [],
  };
}

/**
 * @param {Grid} mask
 * @returns {{ ink: number, rows: number, columns: number }} pixels of ink, and the rows and columns that have some
 */
function countInk({ height, width, values }) {
  const inColumns = new Uint8Array(width);
  let [ink, rows] = [0, 0];
  for (let row = 0, index = 0; row < height; row++) {
    const before = ink;
    for (let column = 0; column < width; column++, index++) {
      ink += values[index];
      inColumns[column] |= values[index];
    }
    rows += ink > before ? 1 : 0;
  }
  return { ink, rows, columns: count(inColumns) };
}

/**
 * Lines from left to right.
 *
 * @param {Grid} mask
 * @returns {Line[]}
 */
function findLines(mask) {
  const { height, width } = mask;
  const runs = verticalRuns(mask);
  const { drifts, lengths } = bestDrifts(mask);
  const margin = (lengths.length - height) / 2;
  /** @type {Line[]} */
  const lines = [];
  for (;;) {
    const best = lengths.indexOf(lengths.reduce((most, length) => Math.max(most, length)));
    if (lengths[best] * 100 < MIN_LENGTH_PERCENT * width) {
      return lines;
    }
    lengths.fill(0, Math.max(0, best - HALF_BAND_PX), best + HALF_BAND_PX + 1);
    const row = best - margin;
    const along = [];
    for (let column = 0; column < width; column++) {
      const y = row + sinking(drifts[best], column, width);
      if (y >= 0 && y < height && runs[y * width + column]) {
        along.push(runs[y * width + column]);
      }
    }
    const thickness = along.sort((a, b) => a - b)[along.length >> 1];
    if (along.length && thickness * MIN_SIDES_PER_THICKNESS <= Math.max(height, width)) {
      lines.push({ row, drift: drifts[best], thickness });
    }
  }
}

/**
 * The ink without rulings; where a stroke crosses one, it is thicker and stays.
 *
 * @param {Grid} mask
 * @param {Rulings} rulings
 * @returns {Grid} the mask itself if next to nothing would be left of it
 */
export function withoutLines(mask, { across, down }) {
  const level = onLines(mask, across);
  const upright = transpose(onLines(transpose(mask), down));
  const left = makeGrid(
    mask.height,
    mask.width,
    mask.values.map((ink, index) => ink & ~level.values[index] & ~upright.values[index]),
  );
  return count(left.values) * MIN_LEFT >= count(mask.values) ? left : mask;
}

/**
 * By how many rows a line is lower in a column than in the first.
 *
 * @param {number} drift
 * @param {number} column
 * @param {number} width
 * @returns {number}
 */
function sinking(drift, column, width) {
  return Math.floor((2 * drift * column + width) / (2 * width));
}

/**
 * For each row at the left edge (and those beyond the picture) the drift of the line with most ink, and that ink.
 *
 * @param {Grid} mask
 * @returns {{ drifts: Int32Array, lengths: Int32Array }}
 */
function bestDrifts(mask) {
  const { height, width } = mask;
  const steepest = Math.max(1, Math.floor((width * MAX_DRIFT_PERCENT) / 100));
  const margin = 2 * steepest;
  const drifts = new Int32Array(height + 2 * margin);
  const lengths = new Int32Array(height + 2 * margin);
  const { rows, columns } = nearInk(mask);
  for (let step = 0; step <= 2 * steepest; step++) {
    const drift = step % 2 ? -(step + 1) / 2 : step / 2;
    const shifts = Int32Array.from({ length: width }, (_, column) => margin - sinking(drift, column, width));
    const counts = new Int32Array(lengths.length);
    for (let point = 0; point < rows.length; point++) {
      counts[rows[point] + shifts[columns[point]]]++;
    }
    for (let index = 0; index < counts.length; index++) {
      if (counts[index] > lengths[index]) {
        lengths[index] = counts[index];
        drifts[index] = drift;
      }
    }
  }
  return { drifts, lengths };
}

/**
 * The pixels that are ink, or below it: a line may lie between two rows.
 *
 * @param {Grid} mask
 * @returns {{ rows: Uint16Array, columns: Uint16Array }} of each of them
 */
function nearInk({ height, width, values }) {
  const rows = new Uint16Array(values.length);
  const columns = new Uint16Array(values.length);
  let found = 0;
  for (let row = 0, index = 0; row < height; row++) {
    for (let column = 0; column < width; column++, index++) {
      if (values[index] || (row && values[index - width])) {
        rows[found] = row;
        columns[found++] = column;
      }
    }
  }
  return { rows: rows.subarray(0, found), columns: columns.subarray(0, found) };
}

/**
 * For each pixel of ink how many there are in a row above and below it, itself included; 0 elsewhere.
 *
 * @param {Grid} mask
 * @returns {Int32Array}
 */
function verticalRuns({ height, width, values }) {
  const runs = new Int32Array(values.length);
  for (let index = 0; index < values.length; index++) {
    runs[index] = values[index] ? 1 + (index >= width ? runs[index - width] : 0) : 0;
  }
  for (let index = (height - 1) * width - 1; index >= 0; index--) {
    if (runs[index] && runs[index + width]) {
      runs[index] = runs[index + width];
    }
  }
  return runs;
}

/**
 * Vertical runs that meet a line and are hardly thicker than it.
 *
 * @param {Grid} mask
 * @param {Line[]} lines
 * @returns {Grid}
 */
function onLines(mask, lines) {
  const { height, width } = mask;
  const found = makeGrid(height, width);
  const runs = verticalRuns(mask);
  for (const { row, drift, thickness } of lines) {
    for (let column = 0; column < width; column++) {
      const centre = Math.min(Math.max(row + sinking(drift, column, width), 0), height - 1);
      for (let y = Math.max(0, centre - 2); y <= Math.min(height - 1, centre + 2); y++) {
        const run = runs[y * width + column];
        if (run && run <= thickness + EXTRA_THICKNESS_PX) {
          markRun(mask, found, y * width + column);
        }
      }
    }
  }
  return found;
}

/**
 * @param {Grid} mask
 * @param {Grid} found gets a 1 for every pixel of the vertical run through a pixel
 * @param {number} index of that pixel
 */
function markRun({ width, values }, found, index) {
  for (let up = index; up >= 0 && values[up]; up -= width) {
    found.values[up] = 1;
  }
  for (let down = index; down < values.length && values[down]; down += width) {
    found.values[down] = 1;
  }
}
