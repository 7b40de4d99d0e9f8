/**
 * The shipped test images through the engine in use: is it the same model on this device, and how fast?
 *
 * @module
 */

import { clockStep, describeDevice } from "./device.js";
import { getEngine } from "./engines/catalogue.js";
import { indexOfLargest, quantile } from "./statistics.js";

/** @typedef {import("./golden.js").Golden} Golden */
/** @typedef {import("./golden.js").KnownFlip} KnownFlip */

/** Sent along with the figures, so that a reader of many files knows what they hold. */
const SCHEMA_VERSION = 1;
const STEPS_PER_SAMPLE = 20;
const FRAME_MS = 12;

/** @typedef {"same" | "known" | "differs"} Verdict */

/**
 * @typedef {object} CheckFlip an image that gets another answer than from the reference
 * @property {number} id in the test set
 * @property {number} label
 * @property {number} reference
 * @property {number} candidate
 * @property {number} reference_margin
 * @property {number} candidate_margin
 */

/**
 * @typedef {object} CheckResult fractions, seconds
 * @property {number} schema_version
 * @property {string} site version of the page
 * @property {string} model version of the models
 * @property {string} engine
 * @property {string} renderer
 * @property {string} date
 * @property {import("./device.js").Device} device
 * @property {number} num_images
 * @property {number} accuracy
 * @property {number} reference_accuracy
 * @property {number} max_probability_difference
 * @property {CheckFlip[]} flips
 * @property {Verdict} verdict
 * @property {number} load_s of the engine, from when its code was asked for until its first answer
 * @property {number} median_s of one answer, preparation not included
 * @property {number} p90_s
 * @property {number} clock_step_s
 * @property {number} images_per_sample one time is the mean of so many answers, where the clock is coarse
 */

/**
 * Answers for all images, one after the other, and lets the page draw meanwhile.
 *
 * @param {(image: Uint8Array<ArrayBuffer>) => Promise<Float32Array>} predict
 * @param {Golden} golden
 * @param {(done: number) => void} onProgress
 * @param {AbortSignal} signal
 * @returns {Promise<{ probabilities: Float32Array[], times_s: number[], imagesPerSample: number, clockStep_s: number }>}
 */
export async function runImages(predict, golden, onProgress, signal) {
  const images = splitImages(golden);
  const step = clockStep();
  const imagesPerSample = await chooseSampleSize(predict, images, step);
  const probabilities = /** @type {Float32Array[]} */ ([]);
  const times = [];
  let shown = performance.now();
  for (let start = 0; start < images.length; start += imagesPerSample) {
    signal.throwIfAborted();
    const sample = images.slice(start, start + imagesPerSample);
    const started = performance.now();
    for (const image of sample) {
      probabilities.push(await predict(image));
    }
    const now = performance.now();
    times.push((now - started) / sample.length / 1000);
    if (now - shown > FRAME_MS) {
      onProgress(probabilities.length);
      await new Promise((resolve) => setTimeout(resolve));
      shown = performance.now();
    }
  }
  return { probabilities, times_s: times, imagesPerSample, clockStep_s: step / 1000 };
}

/**
 * @param {Golden} golden
 * @returns {Uint8Array<ArrayBuffer>[]}
 */
function splitImages({ shape, images }) {
  const size = images.length / shape[0];
  return Array.from({ length: shape[0] }, (_, index) => images.slice(index * size, (index + 1) * size));
}

/**
 * @param {(image: Uint8Array<ArrayBuffer>) => Promise<Float32Array>} predict
 * @param {Uint8Array<ArrayBuffer>[]} images
 * @param {number} step of the clock, in ms
 */
async function chooseSampleSize(predict, images, step) {
  const started = performance.now();
  const tried = images.slice(0, 20);
  for (const image of tried) {
    await predict(image);
  }
  const answer_ms = Math.max(performance.now() - started, step) / tried.length;
  return Math.max(1, Math.ceil((STEPS_PER_SAMPLE * step) / answer_ms));
}

/**
 * @param {Awaited<ReturnType<typeof runImages>>} run
 * @param {Golden} golden
 * @param {Pick<CheckResult, "site" | "model" | "engine" | "renderer" | "load_s">} facts
 * @returns {CheckResult}
 */
export function summarise({ probabilities, times_s, imagesPerSample, clockStep_s }, golden, facts) {
  const count = probabilities.length;
  const size = golden.probabilities.length / count;
  const reference = probabilities.map((_, index) => golden.probabilities.slice(index * size, (index + 1) * size));
  const answers = probabilities.map(indexOfLargest);
  const expected = reference.map(indexOfLargest);
  const differences = probabilities.map((row, index) =>
    row.reduce((most, value, label) => Math.max(most, Math.abs(value - reference[index][label])), 0),
  );
  const changed = answers.flatMap((candidate, index) => (candidate === expected[index] ? [] : [index]));
  const flips = changed.map((index) => ({
    id: golden.ids[index],
    label: golden.labels[index],
    reference: expected[index],
    candidate: answers[index],
    reference_margin: marginOf(reference[index]),
    candidate_margin: marginOf(probabilities[index]),
  }));
  return {
    schema_version: SCHEMA_VERSION,
    ...facts,
    date: new Date().toISOString(),
    device: describeDevice(),
    num_images: count,
    accuracy: accuracyOf(answers, golden.labels),
    reference_accuracy: accuracyOf(expected, golden.labels),
    max_probability_difference: Math.max(...differences),
    flips,
    verdict: judge(flips, knownOf(golden.knownFlips, facts.engine)),
    median_s: quantile(times_s, 0.5),
    p90_s: quantile(times_s, 0.9),
    clock_step_s: clockStep_s,
    images_per_sample: imagesPerSample,
  };
}

/**
 * @param {Golden["knownFlips"]} knownFlips
 * @param {string} id of an engine
 * @returns {KnownFlip[]} of its format
 */
export function knownOf(knownFlips, id) {
  const { format } = getEngine(id);
  if (!(format in knownFlips)) {
    throw new RangeError(`expected the flips of ${format}, found those of ${Object.keys(knownFlips).join(", ")}`);
  }
  return knownFlips[format];
}

/**
 * What a file's rounding does is known from the release, answer by answer: only that much is still the same model.
 *
 * @param {KnownFlip[]} flips images that get another answer here, and which
 * @param {KnownFlip[]} known those that got one when the file was released
 * @returns {Verdict}
 */
export function judge(flips, known) {
  if (flips.length === 0) {
    return "same";
  }
  const isKnown = (/** @type {KnownFlip} */ flip) =>
    known.some(({ id, candidate }) => id === flip.id && candidate === flip.candidate);
  return flips.every(isKnown) ? "known" : "differs";
}

/**
 * @param {number[]} answers
 * @param {number[]} labels
 */
function accuracyOf(answers, labels) {
  return answers.filter((answer, index) => answer === labels[index]).length / labels.length;
}

/** @param {Float32Array} probabilities */
function marginOf(probabilities) {
  const [second, first] = [...probabilities].sort((a, b) => a - b).slice(-2);
  return first - second;
}
