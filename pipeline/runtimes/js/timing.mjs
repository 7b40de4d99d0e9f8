/**
 * The timing method inside JavaScript; pipeline/timing.py is its twin and explains it.
 *
 * @module
 */

/**
 * @typedef {object} TimingConfig
 * @property {number} warm_up_runs
 * @property {number} warm_up_s
 * @property {number} min_runs
 * @property {number} min_s
 * @property {number} max_s
 * @property {number} min_sample_s
 */

/**
 * @param {() => Promise<unknown>} run
 * @param {TimingConfig} config
 * @returns {Promise<{first_s: number, samples_s: Float64Array, runs_per_sample: number}>}
 */
export async function measure(run, config) {
  const first_s = await time(run, 1);
  const warmUp = [first_s];
  let warmUp_s = first_s;
  while (warmUp.length < config.warm_up_runs || warmUp_s < config.warm_up_s) {
    warmUp.push(await time(run, 1));
    warmUp_s += warmUp[warmUp.length - 1];
  }
  const typical = warmUp.toSorted((a, b) => a - b)[warmUp.length >> 1];
  const runs_per_sample = Math.ceil(config.min_sample_s / Math.max(typical, 1e-9));
  const samples = [];
  let total_s = 0;
  while ((samples.length * runs_per_sample < config.min_runs || total_s < config.min_s) && total_s < config.max_s) {
    const sample_s = await time(run, runs_per_sample);
    samples.push(sample_s / runs_per_sample);
    total_s += sample_s;
  }
  return { first_s, samples_s: Float64Array.from(samples), runs_per_sample };
}

/**
 * @param {() => Promise<unknown>} run
 * @param {number} numRuns
 */
async function time(run, numRuns) {
  const started = performance.now();
  for (let index = 0; index < numRuns; index++) {
    await run();
  }
  return (performance.now() - started) / 1000;
}
