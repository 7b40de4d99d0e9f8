/**
 * What is known of the visitor's device: only what the browser tells every page.
 *
 * @module
 */

/**
 * @typedef {object} Device
 * @property {string} user_agent
 * @property {string} platform
 * @property {number | null} num_cores
 * @property {number | null} memory_gb as browsers round it
 * @property {string} screen
 * @property {boolean} is_cross_origin_isolated
 */

/** @returns {Device} */
export function describeDevice() {
  const { userAgent, hardwareConcurrency, deviceMemory, userAgentData } = /** @type {any} */ (navigator);
  return {
    user_agent: userAgent,
    platform: userAgentData?.platform || navigator.platform,
    num_cores: hardwareConcurrency ?? null,
    memory_gb: deviceMemory ?? null,
    screen: `${screen.width}×${screen.height} @${devicePixelRatio}`,
    is_cross_origin_isolated: globalThis.crossOriginIsolated === true,
  };
}

/** @returns {number} the smallest step of the page's clock, in ms; browsers make it coarse for most pages */
export function clockStep() {
  let smallest = Infinity;
  for (let tries = 0; tries < 5; tries++) {
    const start = performance.now();
    let now = start;
    while (now === start) {
      now = performance.now();
    }
    smallest = Math.min(smallest, now - start);
  }
  return smallest;
}
