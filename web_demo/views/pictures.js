/**
 * Values become pixels.
 *
 * @module
 */

/** @typedef {readonly [red: number, green: number, blue: number]} Colour */
/** @typedef {(value: number) => Colour} ColourMap of values from 0 to 1 */

/** Cividis (Nuñez, Anderton and Renslow 2018), made for all kinds of colour vision: from dark to bright. */
const CIVIDIS = /** @type {Colour[]} */ ([
  [0, 34, 78],
  [18, 53, 112],
  [59, 73, 108],
  [87, 93, 109],
  [112, 113, 115],
  [138, 134, 120],
  [165, 156, 116],
  [195, 179, 105],
  [225, 204, 85],
  [254, 232, 56],
]);

/** Blue, paper, orange (ColorBrewer's PuOr): below and above nothing. */
const DIVERGING = /** @type {Colour[]} */ ([
  [45, 60, 140],
  [140, 150, 205],
  [245, 243, 238],
  [235, 160, 75],
  [165, 75, 0],
]);

/** As the paper is shown, which is not quite white. */
const PAPER = /** @type {Colour[]} */ ([
  [29, 26, 22],
  [255, 253, 248],
]);

/** @type {Colour[]} */
const GREYS = [
  [0, 0, 0],
  [255, 255, 255],
];

export const sequential = between(CIVIDIS);
export const diverging = between(DIVERGING);
export const grey = between(GREYS);
export const paper = between(PAPER);

/**
 * @param {Colour[]} stops
 * @returns {ColourMap}
 */
function between(stops) {
  const table = Array.from({ length: 256 }, (_, level) => {
    const position = (level / 255) * (stops.length - 1);
    const first = Math.min(Math.floor(position), stops.length - 2);
    const share = position - first;
    const mixed = stops[first].map((from, channel) => Math.round(from + (stops[first + 1][channel] - from) * share));
    return /** @type {Colour} */ (/** @type {unknown} */ (mixed));
  });
  return (value) => table[Math.round(Math.min(Math.max(value, 0), 1) * 255)];
}

/**
 * One pixel of the canvas for each value; CSS makes them larger, with hard edges.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {{ height: number, width: number, values: ArrayLike<number> }} picture
 * @param {ColourMap} colours
 * @param {(value: number) => number} scale of a value to 0 … 1
 */
export function paint(canvas, { height, width, values }, colours, scale) {
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const pixels = new ImageData(width, height);
  for (let index = 0; index < height * width; index++) {
    const [red, green, blue] = colours(scale(values[index]));
    pixels.data.set([red, green, blue, 255], index * 4);
  }
  canvas.getContext("2d")?.putImageData(pixels, 0, 0);
}

/** @param {number} level 0 to 255 */
export const fromByte = (level) => level / 255;
